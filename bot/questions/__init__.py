"""Questions about a paper, answered from its text with the passages that bear the answer out."""
