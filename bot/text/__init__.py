"""Text from strangers and about languages: cleaned, recognised, written plainly. Pure."""
