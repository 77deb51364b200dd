"""What a visitor can do in the page, done in a real browser against the real bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.play.playground import next_morning_after

if TYPE_CHECKING:
    from tests.browser.building import Building, Visitor

HOSTILE = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
KNOWN = "2407.18907"


async def open_thread(visitor: Visitor) -> Any:
    await visitor.page.click("#messages .replies >> nth=0")
    await visitor.page.wait_for_selector("#replies .message >> nth=1")
    return visitor.page.locator("#replies .message")


async def saved(building: Building) -> list[str]:
    await building.playground.quiet()
    bot, ana = building.playground.bot, building.playground.ana
    return [
        entry.paper.id
        for entry in (await bot.services.store.reading_lists.page(bot.workspace.team, ana.id, limit=100))[0]
    ]


async def test_a_visitor_opens_the_page_on_a_morning(building: Building) -> None:
    visitor = await building.visitor()
    await visitor.see("by upvotes when posted", within="#messages")
    cards = await open_thread(visitor)
    assert await cards.count() == 6
    assert await cards.nth(1).locator("a").first.get_attribute("href") == f"https://arxiv.org/abs/{KNOWN}"


async def test_what_is_written_is_seen_by_both_people_and_runs_nothing(building: Building) -> None:
    ana = await building.visitor()
    jimin = await building.visitor(building.playground.jimin)
    await ana.write(f"*hello* <@U1> & {HOSTILE}")
    for visitor in (ana, jimin):
        said = await visitor.see("hello", within="#messages .message")
        assert f"<@U1> & {HOSTILE}" in await said.inner_text()
        assert await visitor.page.evaluate("window.broken") is None


async def test_a_hostile_title_runs_no_script(building: Building) -> None:
    visitor, workspace = await building.visitor(), building.playground.bot.workspace
    link = {"type": "link", "url": "https://arxiv.org/abs/2407.1", "text": HOSTILE}
    trap = {"type": "link", "url": "javascript:window.broken=1", "text": "press here"}
    await workspace.client.chat_postMessage(
        channel=building.playground.papers.id,
        text=HOSTILE,
        blocks=[
            {"type": "header", "text": {"type": "plain_text", "text": HOSTILE}},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link, trap]}]},
            {"type": "markdown", "text": f"{HOSTILE} [press](javascript:window.broken=1)"},
        ],
    )
    said = await visitor.see("press here", within="#messages .message")
    assert (await said.inner_text()).count(HOSTILE) == 3
    await said.get_by_text("press here").click()
    assert await visitor.page.evaluate("window.broken") is None


async def test_an_emoji_from_the_picker_saves_a_paper_and_pressing_it_again_takes_it_back(building: Building) -> None:
    visitor = await building.visitor()
    card = (await open_thread(visitor)).nth(1)
    await card.hover()
    await card.get_by_label("Add a reaction").click()
    await visitor.page.get_by_label("bookmark", exact=True).click()
    pill = card.locator(".pill")
    await pill.wait_for()
    assert await pill.get_attribute("aria-pressed") == "true"
    assert await saved(building) == [KNOWN]
    await pill.click()
    await pill.wait_for(state="detached")
    assert await saved(building) == []


async def test_a_paper_asked_for_is_seen_by_the_asker_alone_until_it_is_shared(building: Building) -> None:
    ana = await building.visitor()
    jimin = await building.visitor(building.playground.jimin)
    await ana.write(f"/paper {KNOWN}")
    card = await ana.see("Only visible to you", within="#messages .message")
    assert "Shape-Image Correspondences" in await card.inner_text()
    assert await jimin.page.locator(".message.private").count() == 0
    await card.get_by_role("button", name="Share").click()
    await jimin.see("Shape-Image Correspondences", within="#messages .message:not(:first-child)")


async def test_a_command_nobody_offers_is_answered_as_slack_does(building: Building) -> None:
    visitor = await building.visitor()
    await visitor.write("/papr list")
    await visitor.see("/papr isn't a valid command.", within="#toast")


async def test_a_menu_shows_the_abstract_to_whoever_asked(building: Building) -> None:
    visitor = await building.visitor()
    card = (await open_thread(visitor)).nth(1)
    await card.get_by_label("More actions").first.click()
    await card.get_by_role("button", name="Show details").click()
    await visitor.see("Only visible to you", within="#replies .message")
    await visitor.see("Shape-Image Correspondences", within="#replies .message.private")


async def test_an_answer_that_comes_below_what_is_in_sight_is_announced(building: Building) -> None:
    visitor = await building.visitor()
    card = (await open_thread(visitor)).nth(1)
    await card.get_by_label("More actions").first.click()
    await card.get_by_role("button", name="Show details").click()
    await visitor.see("The reply is at the end of this thread.", within="#toast")


async def test_who_writes_sees_the_answer_also_from_further_up(building: Building) -> None:
    visitor = await building.visitor()
    await visitor.page.evaluate("document.getElementById('messages').scrollTop = 0")
    await visitor.write("/paper help")
    await visitor.see("Only visible to you", within="#messages .message")
    left = "(list => list.scrollHeight - list.scrollTop - list.clientHeight)(document.getElementById('messages'))"
    await visitor.page.wait_for_function(f"{left} < 2")


async def test_a_modal_left_with_escape_is_closed_for_the_bot_as_well(building: Building) -> None:
    playground = building.playground
    visitor = await building.visitor(channel=playground.reading)
    await visitor.page.click("#invite")
    await visitor.page.click("#sidebar a.unread:has-text('Paperboy')")
    await visitor.page.get_by_role("button", name="Change settings").click()
    await visitor.page.wait_for_selector("dialog#modal[open]")
    await visitor.page.keyboard.press("Escape")
    await visitor.page.wait_for_selector("dialog#modal[open]", state="detached")
    assert playground.slack.modals(playground.ana.id) == []


async def test_what_was_filled_in_stays_when_the_bot_updates_the_modal(building: Building) -> None:
    visitor, playground = await building.visitor(channel=building.playground.reading), building.playground
    await visitor.page.click("#invite")
    await visitor.page.click("#sidebar a.unread:has-text('Paperboy')")
    await visitor.page.get_by_role("button", name="Change settings").click()
    await visitor.page.get_by_label("Skip dates").fill("2026-12-25")
    await visitor.page.get_by_label("Sunday").uncheck()
    (view,) = playground.slack.modals(playground.ana.id)
    content = {**view.content, "title": {"type": "plain_text", "text": "Anew"}}
    await playground.bot.workspace.client.views_update(view_id=view.id, view=content)
    await visitor.see("Anew", within="#modal")
    assert await visitor.page.get_by_label("Skip dates").input_value() == "2026-12-25"
    assert not await visitor.page.get_by_label("Sunday").is_checked()


async def test_choices_and_what_was_asked_first_reach_the_bot(building: Building) -> None:
    visitor, slack = await building.visitor(), building.playground.slack
    words = {"type": "plain_text", "text": "Forget it"}
    sure = {name: {"type": "plain_text", "text": name} for name in ("title", "text", "confirm", "deny")}
    options = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("one", "two")]
    await building.playground.bot.workspace.client.chat_postMessage(
        channel=building.playground.papers.id,
        text="choose",
        blocks=[
            {
                "type": "actions",
                "elements": [
                    {"type": "static_select", "action_id": "which", "options": options},
                    {"type": "button", "action_id": "forget", "text": words, "confirm": sure},
                ],
            }
        ],
    )
    await visitor.page.get_by_label("static select").select_option("two")
    await slack.wait_for(lambda: [each.type for each in slack.deliveries] == ["block_actions"], what="the choice")
    assert slack.deliveries[-1].payload["actions"][0]["selected_option"]["value"] == "two"
    sent = len(slack.deliveries)
    for answer in ("deny", "confirm"):
        await visitor.page.get_by_role("button", name="Forget it").click()
        await visitor.page.locator("#asked").get_by_role("button", name=answer).click()
        await visitor.page.wait_for_selector("#asked[open]", state="detached")
    await slack.wait_for(lambda: len(slack.deliveries) > sent, what="the click")
    assert [each.payload["actions"][0]["action_id"] for each in slack.deliveries[sent:]] == ["forget"]


async def test_a_channel_is_set_up_from_the_invitation_to_its_first_post(building: Building) -> None:
    playground = building.playground
    visitor = await building.visitor(channel=playground.reading)
    await visitor.page.click("#invite")
    await visitor.page.click("#sidebar a.unread:has-text('Paperboy')")
    await visitor.page.get_by_role("button", name="Change settings").click()
    await visitor.page.get_by_role("button", name="Save and continue").click()
    top = visitor.page.get_by_label("Papers per day")
    await top.fill("99")
    await visitor.page.get_by_role("button", name="Save and continue").click()
    await visitor.page.wait_for_selector("#modal .wrong:not(:empty)")
    await top.fill("3")
    await visitor.page.get_by_role("button", name="Save and continue").click()
    await visitor.page.get_by_role("button", name="Save and start").click()
    await visitor.see("Next digest: Wednesday, July 31, 2024 at 09:10", within="#modal")
    await visitor.page.locator("#modal footer").get_by_role("button", name="Close").click()
    await visitor.page.wait_for_selector("dialog#modal[open]", state="detached")
    await visitor.go(playground.ana, playground.reading)
    await visitor.page.click("#next-morning")
    await visitor.page.wait_for_selector("#messages .message", timeout=30_000)


async def test_a_week_goes_by(building: Building) -> None:
    playground = building.playground
    visitor = await building.visitor(channel=playground.korean)
    for _ in range(6):
        morning = next_morning_after(playground.clock.now()).astimezone(playground.moment.tzinfo)
        await visitor.page.click("#next-morning")
        await visitor.see(f"Moved to {morning:%A}", within="#toast")
        await visitor.see(f"{morning:%a, %b} {morning.day}, ", within="#sidebar .clock")
        if morning.weekday() not in {6, 0}:  # Saturday and Sunday have no papers, and nothing is said of that
            await visitor.see(f"{morning:%A, %B} {morning.day}", within="#messages .day")
    await visitor.go(playground.ana, playground.papers)
    await visitor.see("Includes 1 day with no separate digest", within="#messages")


async def test_first_steps_are_taken_by_clicking_and_starting_over_offers_them_again(building: Building) -> None:
    visitor = await building.visitor()
    jimin = await building.visitor(building.playground.jimin, viewport={"width": 375, "height": 720})
    await visitor.page.click("#step-look-up")
    await visitor.see("Matting by Generation", within="#messages .private")
    await visitor.page.wait_for_selector("#step-look-up", state="detached")
    await visitor.page.click("#step-list")
    await visitor.page.wait_for_selector("#step-list", state="detached")
    await visitor.page.click("#step-save")
    await visitor.page.wait_for_selector("#replies .message >> nth=1")
    await visitor.page.click("#close-steps")
    await visitor.page.wait_for_selector("#steps", state="hidden")
    await visitor.page.click("#start-over")
    await visitor.page.locator("#asked").get_by_role("button", name="Start over").click()
    await visitor.page.wait_for_selector("#step-look-up")
    assert await visitor.page.locator("#messages .private").count() == 0
    await jimin.page.wait_for_selector("#step-look-up")
    assert await jimin.page.evaluate("document.documentElement.scrollWidth") <= 375


async def test_votes_that_come_late_are_seen_where_they_were_posted(building: Building) -> None:
    visitor = await building.visitor()
    card = (await open_thread(visitor)).nth(1)
    assert "12\u00a0upvotes" in await card.inner_text()
    await visitor.page.click("#next-morning")
    await visitor.see("14\u00a0upvotes", within="#replies .message")


async def test_the_inspector_shows_what_was_sent(building: Building) -> None:
    visitor = await building.visitor()
    first = visitor.page.locator("#messages .message").first
    await first.hover()
    await first.get_by_label("View message JSON").click()
    dialog = await visitor.see("Valid in Slack", within="#inspector")
    assert '"type": "header"' in await dialog.inner_text()
    await visitor.page.keyboard.press("Escape")
    await visitor.page.wait_for_selector("#inspector[open]", state="detached")


async def test_everything_can_be_done_from_the_keyboard(building: Building) -> None:
    visitor = await building.visitor()
    keyboard = visitor.page.keyboard
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await keyboard.type("/paper help")
    await keyboard.press("Enter")
    await visitor.see("Only visible to you", within="#messages .message")
    await visitor.page.focus("#messages .replies")
    await keyboard.press("Enter")
    await visitor.page.wait_for_selector("#replies .message")
    await keyboard.type("read it")
    await keyboard.press("Enter")
    await visitor.see("read it", within="#replies .message")
    await keyboard.press("Escape")
    await visitor.page.wait_for_selector("#replies", state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(building: Building, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    playground = building.playground
    visitor = await building.visitor(color_scheme=scheme, reduced_motion="reduce")

    async def look(where: str) -> None:
        # Drawn in full: axe does not look at what content-visibility leaves out.
        report = await axe.run(visitor.page)
        serious = [each for each in report.response["violations"] if each["impact"] in {"serious", "critical"}]
        assert not serious, (where, [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious])

    await open_thread(visitor)
    await look("a morning and its thread")
    await visitor.write(f"/paper {KNOWN}")
    await visitor.see("Only visible to you", within="#messages .message")
    await look("a private card")
    await visitor.go(playground.ana, playground.reading)
    await look("an empty channel")
    await visitor.page.click("#invite")
    await visitor.page.click("#sidebar a.unread:has-text('Paperboy')")
    await visitor.page.get_by_role("button", name="Change settings").click()
    await visitor.page.wait_for_selector("dialog#modal[open]")
    await look("a modal")


async def test_on_a_phone_nothing_is_wider_than_the_screen(building: Building) -> None:
    visitor = await building.visitor(viewport={"width": 375, "height": 720})
    assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= 375
    await open_thread(visitor)
    assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= 375
    card = visitor.page.locator("#replies .message").nth(1)
    await card.get_by_label("More actions").first.click()
    await card.get_by_role("button", name="Show details").click()
    await visitor.see("Only visible to you", within="#replies .message")
    assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= 375
    await visitor.page.click("#close-thread")
    await visitor.page.locator("label.drawer").click()
    await visitor.page.locator("#sidebar").get_by_text("논문").click()
    await visitor.page.wait_for_selector("h1:has-text('논문')")


async def test_the_home_tab_is_opened_saved_in_and_read_from(building: Building) -> None:
    visitor = await building.visitor()
    page = visitor.page
    await page.click("#close-steps")
    await page.click("#sidebar a:has-text('Paperboy')")
    await page.get_by_role("link", name="Home").click()
    await visitor.see("Welcome to Paperboy", within="#home")
    await page.locator("#home").get_by_role("button", name="Save", exact=False).first.click()
    await visitor.see("1 paper, only visible to you.", within="#home")
    assert await saved(building) == [KNOWN]
    await page.locator("#home").get_by_role("button", name="Show the card of").first.click()
    await visitor.see("What's New", within="#modal")
    await page.locator("#modal").get_by_label("More actions").first.click()
    await page.locator("#modal").get_by_role("button", name="Show details").click()
    await visitor.see("Abstract", within="#modal")
    await page.keyboard.press("Escape")
    await visitor.see("What's New", within="#modal")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#modal[open]", state="detached")
    await page.locator("#home [data-action=home_language]").select_option("ko")
    await visitor.see("내 읽기 목록", within="#home")


async def test_the_home_tab_keeps_the_focus_where_somebody_works_with_the_keyboard(building: Building) -> None:
    visitor = await building.visitor()
    playground = building.playground
    await visitor.go(playground.ana, playground.slack.direct_messages(playground.ana.id), tab="home")
    await visitor.see("Welcome to Paperboy", within="#home")
    await visitor.page.locator("#home [data-action=home_save]").nth(1).focus()
    await visitor.page.keyboard.press("Enter")
    await visitor.see("1 paper, only visible to you.", within="#home")
    await visitor.page.wait_for_selector("#home [data-action=home_remove]:focus")
    await visitor.page.keyboard.press("Tab")
    assert await visitor.page.evaluate("document.activeElement.dataset.action") == "home_card"


async def test_a_mention_a_link_and_a_direct_message_are_answered(building: Building) -> None:
    visitor = await building.visitor()
    page = visitor.page
    await page.click("#step-mention")
    answered = await visitor.see("1 reply", within="#messages .message:has(.mention)")
    await answered.locator(".replies").click()
    await visitor.see("Matting by Generation", within="#replies .message")
    await visitor.see("1 reply", within="#replies .below")
    await page.fill("#reply", "Shall we read it?")
    await page.press("#reply", "Enter")
    await visitor.see("2 replies", within="#replies .below")
    await page.click("#close-thread")
    await page.click("#step-link")
    await visitor.see("Meltemi", within="#messages .attachment")
    await page.locator("#messages .attachment").get_by_role("button", name="Save").click()
    await visitor.see("Saved", within="#messages .private")
    assert await saved(building) == ["2407.20743"]
    await page.click("#sidebar a:has-text('Paperboy')")
    await page.wait_for_selector("h1:has-text('Paperboy')")
    await visitor.write(KNOWN)
    await visitor.see("Shape-Image Correspondences", within="#messages .message")


async def test_shortcuts_are_reached_with_the_keyboard(building: Building) -> None:
    visitor = await building.visitor()
    page = visitor.page
    await page.focus("#shortcuts summary")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert "Find a paper" in await page.evaluate("document.activeElement.textContent")
    await page.keyboard.press("Escape")
    assert await page.evaluate("document.activeElement.closest('#shortcuts') !== null")
    message = page.locator("#messages .message").last
    await message.locator("[data-pick]").focus()
    await message.get_by_label("Message shortcuts").first.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    menu = await page.evaluate("JSON.stringify(document.activeElement.getBoundingClientRect())")
    assert "Look up papers" in await page.evaluate("document.activeElement.textContent")
    assert menu


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_on_a_phone_every_entry_point_fits_the_screen(building: Building, language: str) -> None:
    playground = building.playground
    person = playground.ana if language == "en" else playground.jimin
    visitor = await building.visitor(person, viewport={"width": 390, "height": 780})
    page, width = visitor.page, "document.documentElement.scrollWidth"
    await visitor.write("https://arxiv.org/abs/2407.20743")
    await page.wait_for_selector("#messages .attachment")
    assert await page.evaluate(width) <= 390
    await page.click("#shortcuts summary")
    box = await page.locator("#shortcuts .menu").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    await page.keyboard.press("Escape")
    steps = page.locator("#steps ul")
    assert "gradient" in await steps.evaluate("ul => getComputedStyle(ul).maskImage"), (
        "more of them show that they are there"
    )
    await steps.evaluate("ul => ul.scrollLeft = ul.scrollWidth")
    last, row = await steps.locator(".b").last.bounding_box(), await steps.bounding_box()
    assert last["x"] + last["width"] <= row["x"] + row["width"] - 31, "the last one can be read whole"
    message = page.locator("#messages .message").last
    await message.hover()
    await message.get_by_label("Message shortcuts" if language == "en" else "메시지 바로 가기").first.click()
    box = await message.locator(".tools .menu").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    await visitor.go(person, playground.slack.direct_messages(person.id), tab="home")
    await page.wait_for_selector("#home .view")
    assert await page.evaluate(width) <= 390
