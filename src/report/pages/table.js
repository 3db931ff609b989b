// Lists of records: the timeline over all kinds, and each kind by itself.

const timeline = { newestFirst: false };

function headRow(names) {
  return el("div", { class: "cells heads", role: "row" }, ...names.map((name) => el("span", { role: "columnheader" }, name)));
}

const COLUMNS = ["time", "kind", "service", "state", "from", "to, parties", "text"];

function recordRow(place) {
  const state = index.states[index.state[place]];
  const moment = index.time[place];
  const field = Number.isFinite(moment) ? ` ${words(index.fields[index.field[place]]).replace(/ at$/, "")}` : "";
  const direction = ["", "in", "out"][index.direction[place]];
  const kind = words(head.titles[index.kinds[index.kind[place]]]?.[0] ?? index.kinds[index.kind[place]]);
  const to = index.to[place];
  const cells = [el("span", {}, `${time(moment)}${field}`), el("span", {}, `${kind} ${direction}`), evidence(index.services[index.service[place]]), el("span", {}, stateMark(state)),
    evidence(mentionLabel(index.from[place])), evidence(to.slice(0, 3).map(mentionLabel).join(", ") + (to.length > 3 ? ` +${to.length - 3}` : "")),
    evidence(index.text[place], selection.terms)];
  for (const cell of cells) cell.setAttribute("role", "cell");
  return el("div", { class: `cells ${state}` }, ...cells);
}

function recordList(label, places) {
  const list = new List({ label, role: "table", guess: 34, head: headRow(COLUMNS), render: (row) => recordRow(places[row]), opened: (row) => openRecord(places[row]) });
  return list;
}

function drawTimeline(main) {
  const places = selection.places.filter((place) => !Number.isNaN(index.time[place]));
  places.sort((one, other) => index.time[one] - index.time[other] || one - other);
  if (timeline.newestFirst) places.reverse();
  const list = recordList("Timeline", places);
  const turn = el("button", { type: "button", on: { click: () => { timeline.newestFirst = !timeline.newestFirst; drawAgain(); } } }, timeline.newestFirst ? "Newest first" : "Oldest first");
  const without = selection.places.length - places.length;
  main.replaceChildren(el("div", { class: "bar" }, el("h1", {}, `Timeline: ${counted(places.length, "record")}`), turn,
    el("span", { class: "note" }, `each at its first known time, in ${zone.name}${without ? `; ${counted(without, "record")} without a time ${without === 1 ? "stands" : "stand"} only in the lists` : ""}`)), list.element);
  list.reset(places.length);
}

function drawKind(main, kind) {
  const [first, end] = rangeOf(kind);
  const places = selectedIn(first, end);
  const list = recordList(words(kind), places);
  main.replaceChildren(el("div", { class: "bar" }, el("h1", {}, `${words(kind)}: ${counted(places.length, "record")}${places.length < end - first ? ` of ${number(end - first)}` : ""}`),
    el("span", { class: "note" }, head.titles[kind]?.[1] ?? "")), list.element);
  list.reset(places.length);
}

/** Records that name a place, with a drawing of where they lie. */
function drawPlaces(main) {
  const places = selection.places.filter((place) => index.places.has(place));
  const list = new List({ label: "Places", role: "table", guess: 34, head: headRow(["latitude, longitude (WGS 84)", ...COLUMNS.slice(0, 4), "text"]), opened: (row) => openRecord(places[row]), render: (row) => {
    const cells = [...recordRow(places[row]).children];
    const [latitude, longitude] = index.places.get(places[row]);
    return el("div", { class: "cells placed" }, el("span", { role: "cell" }, `${latitude}, ${longitude}`), ...cells.slice(0, 4), cells[6]);
  } });
  main.replaceChildren(el("h1", {}, `Places: ${counted(places.length, "record")}`), placesPicture(places), list.element);
  list.reset(places.length);
}

function drawResults(main) {
  const list = recordList("Search results", selection.places);
  main.replaceChildren(el("h1", {}, `Found: ${counted(selection.places.length, "record")}`), list.element);
  list.reset(selection.places.length);
}
