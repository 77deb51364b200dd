"""What Slack keeps of a Home tab comes back as it was written, and whatever else comes back does no harm."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.home import HomeState

STATES = st.builds(HomeState, page=st.integers(1, 100_000), teaches=st.booleans(), mark=st.text(max_size=40))


@given(STATES)
def test_a_state_is_read_as_it_was_written(state: HomeState) -> None:
    assert HomeState.parse(state.to_metadata()) == state
    assert len(state.to_metadata()) <= 3000  # docs.slack.dev, reference/views


@given(st.one_of(st.none(), st.text(), st.integers(), st.just("[" * 100_000), st.just('{"page": -1, "mark": 7}')))
def test_anything_else_is_the_state_of_a_tab_nobody_has_looked_at(metadata: object) -> None:
    assert HomeState.parse(metadata).page == 1


@given(STATES, st.text())
def test_a_page_is_a_number_whatever_a_button_says(state: HomeState, value: str) -> None:
    assert state.at_page(value).page >= 1


def test_a_button_names_the_page_it_leads_to() -> None:
    assert HomeState(mark="a", teaches=True).at_page("3") == HomeState(page=3, mark="a", teaches=True)
