"""A paper in full, as Hugging Face and arXiv would show it; the words are our own."""

from __future__ import annotations

from bot.rules.papers import Paper

MATTING = Paper(
    id="2407.21017",
    title="Matting by Generation",
    authors=("Ana Ruiz",),
    abstract="We treat image matting as generation. A latent diffusion model with 64 steps draws the matte.",
)
_LONG = (
    "A diffusion model refines the matte step by step, and each step is conditioned on the image. "
    "Hair and fur keep their finest strands, because nothing is averaged away. "
)
SECTIONS = {
    "1 Introduction": f"Matting finds the foreground of an image. {_LONG * 8}",
    "2 Related Work": f"Others need a trimap. {_LONG * 6}",
    "3 Method": f"The decoder has 3 stages. {_LONG * 12}",
    "4 Experiments": f"The error falls from 32.9 to 24.1 on 1,000 images. {_LONG * 10}",
    "5 Limitations": "Glass and smoke stay hard. It takes 3.5 seconds an image.",
    "6 Conclusion": f"Generation serves matting well. {_LONG * 2}",
}
REFERENCES = "[1] A. Nobody. A paper that is cited. 1999."
APPENDIX = "The prompts were chosen by hand on 77 images."

MARKDOWN = "\n\n".join(
    [
        f"# {MATTING.title}",
        "Ana Ruiz",
        *(f"## {title}\n\n{text}" for title, text in SECTIONS.items()),
        f"## References\n\n{REFERENCES}",
        f"## Appendix A Prompts\n\n{APPENDIX}",
    ]
)
PAGE_ABOUT = f"# {MATTING.title}\n\nPublished on Jul 31\n\n## Abstract\n\n{MATTING.abstract}\n\n## Community\n\nNice!"


def html(*, version: int = 2, extra: str = "") -> str:
    """The paper as a page of arXiv's, with something `extra` in its method."""
    sections = "".join(
        f'<section class="ltx_section"><h2 class="ltx_title ltx_title_section">{title}</h2>'
        f'<div class="ltx_para"><p class="ltx_p">{text}</p>{extra if "Method" in title else ""}</div></section>'
        for title, text in SECTIONS.items()
    )
    return (
        "<!DOCTYPE html><html><head><title>Matting by Generation</title><style>p {}</style></head><body>"
        f'<div id="watermark-tr">arXiv:2407.21017v{version} [cs.CV] 30 Jul 2024</div>'
        '<nav class="ltx_page_navbar">Contents 1 Introduction</nav><article class="ltx_document">'
        '<h1 class="ltx_title ltx_title_document">Matting by Generation</h1>'
        '<div class="ltx_authors">Ana Ruiz</div>'
        f'<div class="ltx_abstract"><p class="ltx_p">{MATTING.abstract}</p></div>{sections}'
        f'<section class="ltx_bibliography"><h2>References</h2><ul><li>{REFERENCES}</li></ul></section>'
        f'<section class="ltx_appendix"><h2>Appendix A Prompts</h2><p>{APPENDIX}</p></section></article></body></html>'
    )
