"use strict";

const root = document.documentElement;
const words = JSON.parse(root.dataset.words);
const at = (id) => document.getElementById(id);
const spot = () => ({
  as: root.dataset.as,
  in: root.dataset.in,
  tab: root.dataset.tab,
  thread: new URLSearchParams(location.search).get("thread") || "",
});

/* Asking the server */

function query(more) {
  return new URLSearchParams({ ...spot(), ...more }).toString();
}

async function ask(path, more) {
  const answer = await fetch(`${path}?${query(more)}`);
  return answer.ok ? answer.text() : "";
}

async function tell(act, said) {
  const answer = await fetch(`/${act}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Play-Token": root.dataset.token },
    body: JSON.stringify({ as: root.dataset.as, ...said }),
  });
  if (!answer.ok) {
    toast(words.restarted);
    return {};
  }
  const outcome = await answer.json();
  if (outcome.said) toast(outcome.said);
  if (outcome.ask && (await confirmed(outcome.ask))) return tell("start-over", {});
  return outcome;
}

let toasting;
function toast(said) {
  at("toast").textContent = said;
  at("toast").classList.add("shown");
  clearTimeout(toasting);
  toasting = setTimeout(() => at("toast").classList.remove("shown"), 6000);
}

/* Putting what changed where it belongs */

/* What had the focus has it again: by its name, or else what stands in its place. */
function swap(element, html) {
  const inReach = () => [...element.querySelectorAll("button, a, summary, select, input, textarea")];
  const active = element.contains(document.activeElement) ? document.activeElement : null;
  const place = active ? inReach().indexOf(active) : -1;
  const fromEnd = inReach().length - place;
  const isAbout = active?.dataset.value;
  element.innerHTML = html;
  // What came or went above moves what is about the same paper, but not its place counted from the end.
  const moved = isAbout ? inReach().at(-fromEnd) : null;
  if (active?.id && at(active.id)) at(active.id).focus();
  else if (moved && moved.dataset.value === isAbout) moved.focus({ preventScroll: true });
  else if (place >= 0) inReach()[place]?.focus({ preventScroll: true });
}

function isAtEnd(list) {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 120;
}

/* What comes into sight takes its true height only then, a frame later. */
function goToEnd(list, frames = 3) {
  list.scrollTop = list.scrollHeight;
  if (frames) requestAnimationFrame(() => goToEnd(list, frames - 1));
}

function put(listId, ts, html) {
  const list = at(listId);
  if (!list) return;
  const stays = isAtEnd(list);
  const there = list.querySelector(`.message[data-ts="${CSS.escape(ts)}"]`);
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const message = fresh.content.querySelector(".message");
  list.querySelector(".empty")?.remove();
  if (there && message) {
    const focused = [...there.querySelectorAll("button, a, summary")].indexOf(document.activeElement);
    there.replaceWith(message);
    if (focused >= 0) (message.querySelectorAll("button, a, summary")[focused] || message).focus();
  } else if (there) {
    there.remove();
  } else if (message) {
    let before = list.lastElementChild;
    while (before && (!before.dataset.ts || before.dataset.ts > ts)) before = before.previousElementSibling;
    const day = message.dataset.day;
    if (listId === "messages" && (!before || before.dataset.day !== day)) {
      const divider = document.createElement("div");
      divider.className = "day";
      divider.append(Object.assign(document.createElement("span"), { textContent: day }));
      message.classList.remove("follows");
      if (before) before.after(divider);
      else list.append(divider);
      divider.after(message);
    } else if (before) before.after(message);
    else list.append(message);
    message.classList.add("fresh");
    // An answer that a thread covers, or that came below what is in sight, would go unseen.
    if (message.matches(".private")) {
      if (!list.offsetParent) toast(words.behind_thread);
      else if (!stays) toast(listId === "replies" ? words.end_of_thread : words.end_of_channel);
    }
  }
  if (listId === "replies") countReplies(list);
  if (stays) goToEnd(list);
}

/* Slack counts what everybody sees. */
function countReplies(list) {
  const count = list.querySelectorAll(".message:not(.private)").length - 1;
  const told = list.querySelector(".day.below span");
  if (told && count > 0) told.textContent = (count === 1 ? words.reply_of_one : words.replies_of_many).replace("#", count);
}

function showModal() {
  const dialog = at("modal");
  const holdsOne = dialog.querySelector(".view") !== null;
  if (holdsOne && !dialog.open) dialog.showModal();
  if (!holdsOne && dialog.open) dialog.close();
}

/* Slack keeps what was filled in when the bot updates a modal. */
function putModal(html) {
  const dialog = at("modal");
  const nameOf = (field) => `${field.dataset.block} ${field.dataset.action}`;
  const before = dialog.querySelector(".view")?.dataset.view;
  const held = new Map([...dialog.querySelectorAll("[data-input]")].map((field) => [nameOf(field), chosen(field)]));
  dialog.innerHTML = html;
  if (dialog.querySelector(".view")?.dataset.view === before) {
    for (const field of dialog.querySelectorAll("[data-input]")) {
      if (held.has(nameOf(field))) fill(field, [held.get(nameOf(field))].flat());
    }
  }
  showModal();
}

function fill(field, values) {
  if (field.matches("fieldset")) {
    for (const each of field.querySelectorAll("input")) each.checked = values.includes(each.value);
  } else if (field.multiple) {
    for (const each of field.options) each.selected = values.includes(each.value);
  } else field.value = values[0] ?? "";
}

function patch({ part, ts, html }) {
  switch (part) {
    case "reload":
      location.reload();
      break;
    case "messages":
    case "replies":
      put(part, ts, html);
      break;
    case "modal":
      putModal(html);
      break;
    default:
      if (at(part)) swap(at(part), html);
  }
}

let stream;
function listen() {
  stream?.close();
  stream = new EventSource(`/events?${query({ seen: root.dataset.seen })}`);
  stream.onmessage = (event) => {
    root.dataset.seen = event.lastEventId;
    JSON.parse(event.data).forEach(patch);
  };
}

/* What a person chose */

function chosen(field) {
  if (field.matches("fieldset")) {
    const on = [...field.querySelectorAll("input:checked")].map((each) => each.value);
    return field.dataset.kind === "checkboxes" ? on : on[0] || null;
  }
  if (field.multiple) return [...field.selectedOptions].map((each) => each.value);
  return field.value;
}

function placeOf(element) {
  return element.closest("[data-place]")?.dataset.place || "";
}

async function act(element, choice) {
  if (element.dataset.confirm && !(await confirmed(JSON.parse(element.dataset.confirm)))) return;
  const { action, block, kind } = element.dataset;
  element.setAttribute("aria-busy", "true");
  await tell("act", { place: placeOf(element), action, block, kind, choice });
  element.removeAttribute("aria-busy");
}

async function startOver(button) {
  if (!(await confirmed(JSON.parse(button.dataset.confirm)))) return;
  button.setAttribute("aria-busy", "true");
  await tell("start-over", {});
}

function confirmed(words) {
  const dialog = at("asked");
  const button = (text, answer, style) => {
    const made = Object.assign(document.createElement("button"), { textContent: text, className: `b ${style}` });
    made.addEventListener("click", () => dialog.close(answer));
    return made;
  };
  const title = Object.assign(document.createElement("h2"), { id: "asked-title", textContent: words.title.text });
  const text = Object.assign(document.createElement("p"), { textContent: words.text.text });
  const footer = document.createElement("footer");
  footer.append(button(words.deny.text, "", ""), button(words.confirm.text, "yes", words.style || "primary"));
  dialog.replaceChildren(title, text, footer);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

async function submit(form) {
  const values = {};
  for (const field of form.querySelectorAll("[data-input]")) {
    values[field.dataset.action] = { kind: field.dataset.kind, choice: chosen(field) };
  }
  form.querySelectorAll("[data-wrong]").forEach((each) => (each.textContent = ""));
  const outcome = await tell("submit", { place: placeOf(form), values });
  for (const [block, words] of Object.entries(outcome.wrong || {})) {
    const wrong = form.querySelector(`[data-wrong="${CSS.escape(block)}"]`);
    if (wrong) wrong.textContent = words;
  }
  form.querySelector(".wrong:not(:empty)")?.closest(".input")?.scrollIntoView({ block: "center" });
}

async function say(form) {
  const box = form.querySelector("textarea");
  const words = box.value;
  box.value = "";
  grow(box);
  if (!words.trim()) return;
  goToEnd(at(form.dataset.say ? "replies" : "messages"));
  await tell("say", { in: root.dataset.in, thread: form.dataset.say, words });
}

function grow(box) {
  box.rows = Math.min(8, box.value.split("\n").length);
}

/* Threads open beside the channel, without leaving it */

async function openThread(url, focus) {
  history.pushState(null, "", url);
  await showThread();
  if (focus) at("reply")?.focus();
}

async function showThread() {
  listen();
  at("thread").innerHTML = await ask("/thread");
  document.body.classList.toggle("with-thread", spot().thread !== "");
}

/* Emoji */

let picking;
function pick(button) {
  const picker = at("picker");
  picking = { button, place: placeOf(button) };
  const box = button.getBoundingClientRect();
  picker.hidden = false;
  const below = box.bottom + picker.offsetHeight + 8 < innerHeight;
  picker.style.setProperty("top", `${below ? box.bottom + 4 : Math.max(8, box.top - picker.offsetHeight - 4)}px`);
  picker.style.setProperty("left", `${Math.max(8, Math.min(box.right - picker.offsetWidth, innerWidth - picker.offsetWidth - 8))}px`);
  picker.querySelector("button").focus();
}

function stopPicking() {
  if (at("picker").hidden) return;
  at("picker").hidden = true;
  picking?.button.focus();
}

async function inspect(place) {
  at("inspector").innerHTML = await ask("/inspect", { place });
  at("inspector").showModal();
}

/* Light and dark */

function theme(wanted) {
  root.dataset.theme = wanted;
  try {
    localStorage.setItem("theme", wanted);
  } catch {
    /* A browser that keeps nothing shows what the system prefers next time. */
  }
}

function preferred() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

/* Hearing the person */

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target) || on(".item")) menu.open = false;
  }
  if (!on("#picker") && !on("[data-pick]")) at("picker").hidden = true;
  let it;
  if ((it = on("[data-act]"))) act(it, it.dataset.value || null);
  else if ((it = on("[data-react]"))) tell("react", { place: placeOf(it), name: it.dataset.react });
  else if ((it = on("[data-pick]"))) pick(it);
  else if ((it = on("[data-emoji]"))) {
    tell("react", { place: picking.place, name: it.dataset.emoji });
    stopPicking();
  } else if ((it = on("[data-inspect]"))) inspect(placeOf(it));
  else if ((it = on("[data-shortcut]"))) {
    const place = "anywhere" in it.dataset ? "" : placeOf(it);
    tell("shortcut", { place, name: it.dataset.shortcut });
  }
  else if ((it = on("[data-invite]"))) tell("invite", { in: it.dataset.invite });
  else if ((it = on("[data-next-morning]"))) {
    it.setAttribute("aria-busy", "true");
    tell("next-morning", {});
  } else if ((it = on("[data-start-over]"))) startOver(it);
  else if ((it = on("[data-type]"))) {
    goToEnd(at("messages"));
    tell("say", { in: root.dataset.in, thread: "", words: it.dataset.type });
  } else if (on("[data-close-steps]")) {
    tell("close-steps", {});
    at("words")?.focus();
  } else if ((it = on("[data-theme-switch]"))) {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    theme(dark ? "light" : "dark");
  } else if ((it = on("a[data-thread]")) && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    openThread(it.href, it.dataset.thread !== "");
  } else if ((it = on("dialog [data-close]"))) {
    const dialog = it.closest("dialog");
    if (dialog.id === "modal") tell("close", { place: placeOf(it) });
    else dialog.close();
  }
});

document.addEventListener("change", (event) => {
  const field = event.target.closest("[data-acts]");
  if (field) act(field, chosen(field));
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.matches(".composer")) say(event.target);
  else if (event.target.matches(".view")) submit(event.target);
});

document.addEventListener("input", (event) => {
  if (event.target.matches(".composer textarea")) grow(event.target);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".composer textarea")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  } else if (event.key === "Escape") {
    const menu = event.target.closest("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (!at("picker").hidden) stopPicking();
    else if (!document.querySelector("dialog[open]")) at("close-thread")?.click();
  }
});

at("modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  tell("close", { place: placeOf(at("modal").querySelector(".content")) });
});

window.addEventListener("popstate", showThread);

const kept = preferred();
if (kept) root.dataset.theme = kept;
if (at("messages")) goToEnd(at("messages"));
showModal();
listen();
