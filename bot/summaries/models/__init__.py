"""Language models over HTTP: how they are asked, and what their answers mean."""
