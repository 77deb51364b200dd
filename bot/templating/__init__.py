"""Words and layout: the catalogues (one a language), the block vocabulary and the templates that join them."""
