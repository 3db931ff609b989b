// Conversations: the threads at the left, their messages as bubbles at the right.

const view = { thread: -1, whole: false, bubbles: null, order: "last" };

function threadTitle(thread) {
  const named = thread.named_by;
  if (named?.name) return named.name;
  const parties = thread.parties.length ? thread.parties : named?.parties ?? [];
  const told = parties.slice(0, 4).map(([address, name]) => {
    const party = index.parties[partyNumbers.get(address.toLowerCase())];
    return party && address ? label(party, name, false) : name || address;
  }).filter(Boolean);
  const more = parties.length > 4 || thread.more_parties ? " …" : "";
  if (told.length) return told.join(", ") + more;
  return thread.conversation ? `conversation ${thread.conversation}` : "no conversation known";
}

function drawConversations(main, chosen, at) {
  const shown = threads.map((thread, place) => ({ thread, place, count: selectedIn(thread.first, thread.first + thread.count).length })).filter((one) => one.count);
  const orders = { last: (one, other) => (other.thread.to ?? -Infinity) - (one.thread.to ?? -Infinity), many: (one, other) => other.count - one.count, name: (one, other) => threadTitle(one.thread).localeCompare(threadTitle(other.thread), "en") };
  shown.sort((one, other) => orders[view.order](one, other) || one.place - other.place);
  const order = el("select", { "aria-label": "Order of the conversations", on: { change: () => { view.order = order.value; drawAgain(); } } },
    ...[["last", "last message first"], ["many", "most messages first"], ["name", "by name"]].map(([value, label]) => el("option", { value, selected: view.order === value }, label)));
  const list = new List({ label: "Conversations", guess: 62, render: (row) => threadRow(shown[row]), opened: (row) => { location.hash = `#/conversations/${shown[row].place}`; } });
  const right = el("section", { class: "bubbles", "aria-label": "Messages" });
  main.replaceChildren(el("h1", { class: "hidden" }, "Conversations"), el("div", { class: "two" },
    el("section", { class: "threads" }, el("div", { class: "bar" }, counted(shown.length, "conversation"), order), list.element), right));
  const current = shown.findIndex((one) => one.place === chosen);
  list.reset(shown.length, current > 0 ? current : undefined);
  const open = threads[chosen] ? chosen : shown[0]?.place ?? -1;
  list.choose(shown.findIndex((one) => one.place === open));
  if (open < 0) right.replaceChildren(el("p", { class: "empty" }, index.ready ? "No message is in the selection." : "being read …"));
  else drawThread(right, open, at);
}

function threadRow({ thread, count }) {
  const removed = Object.entries(thread.states).filter(([state]) => state !== "live").map(([state, many]) => `${number(many)} ${state}`).join(", ");
  return el("div", { class: "thread" }, el("div", { class: "name" }, evidence(threadTitle(thread), selection.terms)),
    el("div", { class: "note" }, `${Object.keys(thread.services).join(", ")} · ${count === thread.count ? counted(count, "message") : `${number(count)} of ${number(thread.count)} messages`}${removed ? ` · ${removed}` : ""}`),
    el("div", { class: "note" }, thread.to === null ? "no time known" : time(thread.to)));
}

function drawThread(right, chosen, at) {
  const thread = threads[chosen];
  const [first, end] = [thread.first, thread.first + thread.count];
  const selected = selectedIn(first, end);
  const whole = view.whole || selected.length === thread.count;
  const placeAt = (row) => (whole ? first + row : selected[row]);
  const inside = new Set(whole && selected.length < thread.count ? selected : []);
  const list = new List({ label: `Messages of ${threadTitle(thread)}`, guess: 74, opened: (row) => openRecord(placeAt(row)),
    render: (row) => bubble(placeAt(row), row ? placeAt(row - 1) : -1, { again: () => list.refresh(), dim: inside.size > 0 && !inside.has(placeAt(row)), group: thread.parties.length > 1 || thread.more_parties }) });
  const toggle = el("input", { type: "checkbox", checked: view.whole, on: { change: () => { view.whole = toggle.checked; drawThread(right, chosen, at); } } });
  const count = selected.length === thread.count ? counted(thread.count, "message") : `${number(selected.length)} of ${counted(thread.count, "message")} in the selection`;
  const link = thread.named_by ? el("a", { href: `#/record/${thread.named_by.id}` }, "its record") : null;
  right.replaceChildren(el("div", { class: "bar" }, el("h2", {}, evidence(threadTitle(thread))), el("span", { class: "note" }, `${count} · ${Object.keys(thread.services).join(", ")}`), link,
    selected.length < thread.count ? el("label", {}, toggle, " show the whole conversation") : null), list.element);
  view.bubbles = list;
  const row = at === undefined ? -1 : whole ? at - first : selected.indexOf(at);
  list.reset(whole ? thread.count : selected.length, row > 0 ? row : undefined);
}

/** A message. Before its record has come, what the index knows of it. */
function bubble(place, previous, { again, dim, group }) {
  const record = recordAt(place, again);
  const state = index.states[index.state[place]];
  const direction = sideOf(place);
  const moment = index.time[place];
  const newDay = Number.isFinite(moment) && (previous < 0 || !Number.isFinite(index.time[previous]) || day(index.time[previous]) !== day(moment));
  const sender = mentionLabel(index.from[place]);
  const told = direction === "outgoing" ? sender || "sent from the handset" : sender || (direction === "incoming" ? "sender not known" : "direction not known");
  const foot = el("div", { class: "foot" }, `${time(moment)}${Number.isFinite(moment) ? ` ${words(index.fields[index.field[place]]).replace(/ at$/, "")}` : ""} · ${index.services[index.service[place]]}`, state === "live" ? null : " ", state === "live" ? null : stateMark(state), record?.certainty ? " " : null, record?.certainty ? el("span", { class: "state other", title: CANDIDATE }, record.certainty) : null);
  const to = group && direction !== "incoming" && index.to[place].length ? el("div", { class: "note" }, "to ", evidence(index.to[place].slice(0, 6).map(mentionLabel).join(", ")), index.to[place].length > 6 ? ` and ${index.to[place].length - 6} more` : "") : null;
  const body = el("div", { class: `bubble ${direction} ${state}${dim ? " dim" : ""}` }, el("div", { class: "sender" }, evidence(told)), to,
    ...(record ? contents(record) : [evidence(index.text[place])]), foot);
  return el("div", { class: `message ${direction}` }, newDay ? el("div", { class: "day" }, `${WEEKDAYS[weekdayAndHour(moment)[0]]} ${day(moment)} (${zone.name}, ${writtenOffset(zone.offset(moment))})`) : null, body);
}

/** On which side a message stands: by its direction, else by whom the record calls the owner. */
function sideOf(place) {
  if (index.direction[place]) return ["", "incoming", "outgoing"][index.direction[place]];
  if (index.from[place] >= 0 && index.mentionOwner[index.from[place]]) return "outgoing";
  return index.to[place].some((mention) => index.mentionOwner[mention]) ? "incoming" : "unknown";
}

/** What a message holds, as elements. */
function contents(record) {
  const parts = [];
  if (record.type && record.type !== "text") parts.push(el("div", { class: "note" }, "type: ", held(record.type)));
  if (record.quoted) parts.push(el("blockquote", {}, el("div", { class: "note" }, "quotes ", evidence(record.quoted.sender?.name ?? record.quoted.sender?.address ?? "")), held(record.quoted.body) ?? ""));
  if (record.forwarded === true) parts.push(el("div", { class: "note" }, "forwarded"));
  if (record.subject) parts.push(el("div", { class: "subject" }, held(record.subject, selection.terms)));
  parts.push(el("div", { class: "body" }, held(record.body, selection.terms) ?? el("span", { class: "note" }, "no text")));
  for (const file of record.attachments ?? []) {
    const facts = [file.mime_type, file.size !== undefined && file.size !== null ? `${number(file.size)} bytes` : null, file.sha256 ? `SHA-256 ${file.sha256}` : null].filter(Boolean).join(", ");
    parts.push(el("div", { class: "attachment" }, "attachment: ", evidence(file.name ?? file.path ?? "without a name", selection.terms), file.caption ? el("div", {}, held(file.caption, selection.terms)) : null, el("div", { class: "note" }, evidence(facts))));
  }
  if (record.location) parts.push(el("div", { class: "attachment" }, "place: ", evidence([record.location.name, record.location.address, record.location.latitude, record.location.longitude].filter((part) => part !== undefined && part !== null).join(", "))));
  const reactions = (record.reactions ?? []).map((one) => el("span", { class: "reaction" }, held(one.value) ?? "?", " ", evidence(one.sender?.name ?? one.sender?.address ?? "")));
  if (reactions.length) parts.push(el("div", {}, ...reactions));
  const edits = (record.edits ?? []).map((one) => el("div", { class: "edit" }, one.at?.utc ? `other text, ${time(Date.parse(one.at.utc))}: ` : "other text: ", held(one.body) ?? ""));
  return parts.concat(edits);
}
