"""The source check: does a summary say only what stands in the text it was made from?"""
