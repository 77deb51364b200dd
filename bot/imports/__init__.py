"""Files and pasted texts read as papers for a reading list, all by `read_import`."""
