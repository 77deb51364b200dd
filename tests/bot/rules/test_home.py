"""What Slack keeps of a Home tab comes back as it was written, and whatever else comes back does no harm."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.rules.home import HomeState, form_over_home, home_below, leaves_out
from bot.rules.list_filter import LONGEST_WORDS, ListFilter, ListOrder
from bot.rules.list_texts import LONGEST_TAG
from bot.rules.reading_list import ReadingState

FILTERS = st.builds(
    ListFilter,
    states=st.frozensets(st.sampled_from(ReadingState)),
    tag=st.none() | st.sampled_from(["nlp", "확산 모델", "𝔘" * LONGEST_TAG]),
    words=st.sampled_from(["", "diffusion models", "확산", "𝔘" * LONGEST_WORDS, '"\\{}']),
    order=st.sampled_from(ListOrder),
)
STATES = st.builds(
    HomeState,
    page=st.integers(1, 100_000),
    teaches=st.booleans(),
    mark=st.text(max_size=16),
    filter=FILTERS,
    removed=st.sampled_from(["", "2407.21017"]),
)


@given(STATES)
def test_a_state_is_read_as_it_was_written(state: HomeState) -> None:
    assert HomeState.parse(state.to_metadata()) == state
    assert len(state.to_metadata()) <= 3000  # docs.slack.dev, reference/views


@given(STATES)
def test_a_form_over_a_tab_knows_its_state(state: HomeState) -> None:
    kept = form_over_home(state.to_metadata(), paper="2407.21017")
    assert HomeState.parse(home_below(kept)) == state
    assert len(kept) <= 3000


@given(
    st.one_of(
        st.none(),
        st.text(),
        st.integers(),
        st.just("[" * 100_000),
        st.just('{"page": -1, "mark": 7, "filter": 7, "removed": [], "home": 7}'),
        st.just('{"page": 3.5, "filter": "order:? tag: words:", "removed": "' + "x" * 3000 + '"}'),
    )
)
def test_anything_else_is_the_state_of_a_tab_nobody_has_looked_at(metadata: object) -> None:
    state = HomeState.parse(metadata)
    assert (state.page, leaves_out(state.filter)) == (1, False)
    assert len(state.to_metadata()) <= 3000
    assert home_below(metadata) == ""


def test_a_tab_of_release_0_5_0_is_at_the_page_it_was_at() -> None:
    assert HomeState.parse('{"page": 3, "mark": "0123456789abcdef"}') == HomeState(page=3, mark="0123456789abcdef")


def test_opened_again_it_is_filtered_as_before_and_at_its_first_page() -> None:
    sought = ListFilter(frozenset({ReadingState.DONE}), order=ListOrder.VOTES)
    again = HomeState(page=4, teaches=True, filter=sought, removed="2407.21017").opened_again()
    assert again == HomeState(filter=sought)


def test_another_filter_begins_with_its_first_page() -> None:
    sought = ListFilter(tag="nlp")
    assert HomeState(page=4, removed="2407.21017").with_filter(sought) == HomeState(filter=sought)


@given(STATES, st.text())
def test_a_page_is_a_number_whatever_a_button_says(state: HomeState, value: str) -> None:
    assert state.at_page(value).page >= 1


def test_a_button_names_the_page_it_leads_to() -> None:
    assert HomeState(mark="a", teaches=True).at_page("3") == HomeState(page=3, mark="a", teaches=True)
