// Pictures of the selection, drawn as SVG: activity over time, hour by weekday, top contacts, the contact graph.

const SVG = "http://www.w3.org/2000/svg";

function svg(tag, properties, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties ?? {})) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** A picture with its title, and the same numbers as a table for whoever cannot see it. */
function picture(title, says, width, height, drawn, heads, rows) {
  const graphic = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${says}` }, ...drawn);
  return el("figure", {}, el("figcaption", {}, el("b", {}, title), el("span", { class: "note" }, ` ${says}`)), graphic,
    rows ? el("details", {}, el("summary", {}, "The numbers"), cappedTable(heads, rows)) : null);
}

const isOf = (kinds) => {
  const wanted = index.kinds.map((kind) => kinds.includes(kind));
  return (place) => wanted[index.kind[place]] && !Number.isNaN(index.time[place]);
};

/** Messages and calls for each span of time. */
function activity(places) {
  const mine = places.filter(isOf(["messages", "calls"]));
  if (!mine.length) return el("p", { class: "note" }, "No message or call with a time is in the selection.");
  let [from, to] = [Infinity, -Infinity];
  for (const place of mine) { from = Math.min(from, index.time[place]); to = Math.max(to, index.time[place]); }
  const days = (to - from) / 86_400_000;
  const [length, span] = days <= 90 ? [10, "day"] : days <= 365 * 8 ? [7, "month"] : [4, "year"];
  const counts = new Map();
  for (const place of mine) {
    const key = day(index.time[place]).slice(0, length);
    const count = counts.get(key) ?? [0, 0];
    count[index.kinds[index.kind[place]] === "calls" ? 1 : 0] += 1;
    counts.set(key, count);
  }
  const keys = allKeys([...counts.keys()].sort(), length);
  const most = Math.max(...[...counts.values()].map(([messages, calls]) => messages + calls));
  const [width, height, left] = [860, 190, 56];
  const step = (width - left - 8) / keys.length;
  const drawn = axis(width, height, left, most);
  keys.forEach((key, at) => {
    const [messages, calls] = counts.get(key) ?? [0, 0];
    const tall = (count) => (count / most) * (height - 44);
    const x = left + at * step;
    const bar = (name, count, y) => svg("rect", { class: name, x: x.toFixed(1), y: y.toFixed(1), width: Math.max(1, step - Math.min(2, step / 4)).toFixed(1), height: tall(count).toFixed(1) });
    const group = svg("g", {}, svg("title", {}, `${key}: ${number(messages)} messages, ${number(calls)} calls`),
      bar("messages", messages, height - 26 - tall(messages)), bar("calls", calls, height - 26 - tall(messages) - tall(calls)));
    drawn.push(group);
    const every = Math.ceil(keys.length / 10);
    if (at % every === 0) drawn.push(svg("text", { x: x.toFixed(1), y: height - 8 }, key));
  });
  const rows = keys.map((key) => [key, ...(counts.get(key) ?? [0, 0])]);
  return picture("Activity over time", `messages (blue) and calls (orange) by ${span}, in ${zone.name}`, width, height, drawn, [span, "messages", "calls"], rows);
}

/** Every day, month or year between the first and the last: a span in which nothing happened is part of the picture. */
function allKeys(known, length) {
  const keys = [];
  const at = new Date(`${known[0]}${length === 4 ? "-01-01" : length === 7 ? "-01" : ""}T00:00:00Z`);
  for (let guard = 0; guard < 10_000; guard += 1) {
    const key = at.toISOString().slice(0, length);
    keys.push(key);
    if (key >= known[known.length - 1]) break;
    if (length === 10) at.setUTCDate(at.getUTCDate() + 1);
    else if (length === 7) at.setUTCMonth(at.getUTCMonth() + 1);
    else at.setUTCFullYear(at.getUTCFullYear() + 1);
  }
  return keys;
}

function axis(width, height, left, most) {
  const lines = [];
  for (let part = 0; part <= 2; part += 1) {
    const y = height - 26 - (part / 2) * (height - 44);
    lines.push(svg("line", { class: "grid", x1: left, x2: width - 8, y1: y, y2: y }), svg("text", { class: "end", x: left - 6, y: y + 4 }, number(Math.round((most * part) / 2))));
  }
  return lines;
}

/** How many messages and calls fall into each hour of each weekday. */
function week(places) {
  const mine = places.filter(isOf(["messages", "calls"]));
  if (!mine.length) return "";
  const counts = WEEKDAYS.map(() => new Array(24).fill(0));
  for (const place of mine) {
    const [weekday, hour] = weekdayAndHour(index.time[place]);
    counts[weekday][hour] += 1;
  }
  const most = Math.max(...counts.flat());
  const drawn = [];
  counts.forEach((hours, weekday) => {
    drawn.push(svg("text", { class: "end", x: 82, y: 36 + weekday * 24 }, WEEKDAYS[weekday]));
    hours.forEach((count, hour) => drawn.push(svg("rect", { class: "hour", x: 90 + hour * 31, y: 20 + weekday * 24, width: 29, height: 22, "fill-opacity": count ? (0.08 + 0.92 * (count / most)).toFixed(3) : 0 },
      svg("title", {}, `${WEEKDAYS[weekday]} ${String(hour).padStart(2, "0")}:00 to ${String(hour).padStart(2, "0")}:59: ${number(count)}`))));
  });
  for (let hour = 0; hour < 24; hour += 2) drawn.push(svg("text", { x: 92 + hour * 31, y: 14 }, `${String(hour).padStart(2, "0")}:00`));
  return picture("Hour by weekday", `messages and calls, in ${zone.name}; the darkest hour holds ${number(most)}`, 860, 196, drawn,
    ["hour", ...WEEKDAYS], Array.from({ length: 24 }, (_, hour) => [`${String(hour).padStart(2, "0")}:00`, ...counts.map((hours) => hours[hour])]));
}

/** Messages and calls of each party, where the record does not call it the owner; most first. */
function weights(places) {
  const wanted = isOf(["messages", "calls"]);
  const sums = new Map();
  for (const place of places) {
    if (!wanted(place)) continue;
    const call = index.kinds[index.kind[place]] === "calls" ? 1 : 0;
    for (const party of othersOf(place)) {
      const sum = sums.get(party) ?? [0, 0];
      sum[call] += 1;
      sums.set(party, sum);
    }
  }
  return [...sums].sort((one, other) => other[1][0] + other[1][1] - one[1][0] - one[1][1] || one[0] - other[0]);
}

function topContacts(places) {
  const parties = weights(places);
  if (!parties.length) return "";
  const shown = parties.slice(0, 20);
  const most = shown[0][1][0] + shown[0][1][1];
  const drawn = [];
  shown.forEach(([party, [messages, calls]], at) => {
    const y = 8 + at * 24;
    const wide = (count) => ((count / most) * 460).toFixed(1);
    drawn.push(svg("text", { class: "end", x: 322, y: y + 14 }, labelOf(party, 46)),
      svg("g", {}, svg("title", {}, `${plainLabel(party)}: ${number(messages)} messages, ${number(calls)} calls`),
        svg("rect", { class: "messages", x: 330, y, width: wide(messages), height: 18 }),
        svg("rect", { class: "calls", x: 330 + Number(wide(messages)), y, width: wide(calls), height: 18 })),
      svg("text", { x: 336 + Number(wide(messages + calls)), y: y + 14 }, number(messages + calls)));
  });
  return picture("Top contacts", `by messages (blue) and calls (orange) in the selection; ${number(parties.length)} parties in all`, 860, 16 + shown.length * 24, drawn,
    ["party", "messages", "calls"], parties.slice(0, 500).map(([party, sums]) => [evidence(partyLabel(party)), ...sums]));
}

function plainLabel(party) {
  return plain(partyLabel(party));
}

function labelOf(party, length) {
  const label = plainLabel(party);
  return label.length > length ? `${[...label].slice(0, length - 1).join("")}…` : label;
}

const GRAPH_PARTIES = 36;
const ROUNDS = 240;

/** Who wrote to or called whom: the parties with most of it and the owner. */
function contactGraph(places) {
  const parties = weights(places).slice(0, GRAPH_PARTIES).map(([party]) => party);
  if (parties.length < 2) return "";
  const known = new Map(parties.map((party, at) => [party, at + 1]));
  const owner = 0;
  const edges = new Map();
  const wanted = isOf(["messages", "calls"]);
  const node = (mention) => {
    if (mention < 0) return owner;
    const party = index.mentionParty[mention];
    return index.mentionOwner[mention] && !index.parties[party].isOther ? owner : known.get(party);
  };
  const link = (one, other) => {
    if (one === undefined || other === undefined || one === other) return;
    const key = one < other ? `${one} ${other}` : `${other} ${one}`;
    edges.set(key, (edges.get(key) ?? 0) + 1);
  };
  for (const place of places) {
    if (!wanted(place)) continue;
    const from = node(index.from[place]);
    const to = index.to[place].map(node);
    if (!to.length) link(from, owner);
    for (const one of new Set(to)) link(from, one);
  }
  const links = [...edges].map(([key, weight]) => [...key.split(" ").map(Number), weight]);
  if (!links.length) return "";
  const strength = new Array(parties.length + 1).fill(0);
  for (const [one, other, weight] of links) { strength[one] += weight; strength[other] += weight; }
  const spots = laidOut(parties.length + 1, links);
  const most = Math.max(...links.map(([, , weight]) => weight));
  const strongest = Math.max(...strength.slice(1));
  const drawn = links.map(([one, other, weight]) => svg("line", { class: "edge", x1: spots[one][0].toFixed(1), y1: spots[one][1].toFixed(1), x2: spots[other][0].toFixed(1), y2: spots[other][1].toFixed(1), "stroke-width": (0.6 + 5 * Math.sqrt(weight / most)).toFixed(2) },
    svg("title", {}, `${nameOf(one)} and ${nameOf(other)}: ${number(weight)}`)));
  function nameOf(at) { return at === owner ? "the handset" : plainLabel(parties[at - 1]); }
  spots.forEach(([x, y], at) => {
    if (!strength[at]) return;
    const name = at === owner ? "the handset" : labelOf(parties[at - 1], 24);
    const radius = at === owner ? 11 : 4 + 8 * Math.sqrt(strength[at] / strongest);
    drawn.push(svg("circle", { class: at === owner ? "owner" : "node", cx: x.toFixed(1), cy: y.toFixed(1), r: radius.toFixed(1) }, svg("title", {}, `${nameOf(at)}: ${number(strength[at])}`)),
      svg("text", { class: "middle", x: x.toFixed(1), y: (y + radius + 11).toFixed(1) }, name));
  });
  const rows = links.sort((one, other) => other[2] - one[2]).map(([one, other, weight]) => [nameOf(one), nameOf(other), weight]);
  return picture("Contact graph", `the ${parties.length} parties with most messages and calls; the thicker a line, the more`, 860, 560, drawn, ["party", "party", "messages and calls"], rows);
}

/** Places of the nodes: from an even circle by springs and repulsion, a fixed number of rounds, so that it is the same each time. */
function laidOut(count, links) {
  const [width, height] = [860, 560];
  const linked = [...new Set(links.flatMap(([one, other]) => [one, other]))].sort((one, other) => one - other);
  const spots = Array.from({ length: count }, (_, at) => {
    const angle = (2 * Math.PI * at) / Math.max(1, count - 1);
    return at === 0 ? [0, 0] : [Math.cos(angle) * (0.7 + 0.2 * (at % 3)), Math.sin(angle) * (0.7 + 0.2 * (at % 3))];
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const moves = spots.map(() => [0, 0]);
    for (const one of linked) for (const other of linked) if (one < other) push(one, other, 0.035, -2);
    for (const [one, other] of links) push(one, other, -0.22, 1);
    const heat = 0.06 * (1 - round / ROUNDS);
    moves.forEach(([x, y], at) => {
      if (at === 0) return;
      const long = Math.hypot(x, y) || 1;
      spots[at] = [spots[at][0] + (x / long) * Math.min(long, heat), spots[at][1] + (y / long) * Math.min(long, heat)];
    });
    function push(one, other, force, power) {
      const [x, y] = [spots[one][0] - spots[other][0], spots[one][1] - spots[other][1]];
      const far = Math.max(0.02, Math.hypot(x, y));
      const by = force * (power === -2 ? 1 / (far * far) : far) / far;
      moves[one][0] += x * by; moves[one][1] += y * by;
      moves[other][0] -= x * by; moves[other][1] -= y * by;
    }
  }
  const bounds = [0, 1].map((axis) => [Math.min(...linked.map((at) => spots[at][axis])), Math.max(...linked.map((at) => spots[at][axis]))]);
  // What lies on one line stays in the middle.
  const scaled = (value, [least, most], from, to) => (most - least < 0.05 ? (from + to) / 2 : from + ((value - least) / (most - least)) * (to - from));
  return spots.map(([x, y]) => [scaled(x, bounds[0], 90, width - 90), scaled(y, bounds[1], 30, height - 42)]);
}

/** Where records lie, by latitude and longitude: a plot, no map. */
function placesPicture(places) {
  const spots = [...places].map((place) => index.places.get(place)).filter(([latitude, longitude]) => Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180);
  if (!spots.length) return "";
  let [south, north, west, east] = [90, -90, 180, -180];
  for (const [latitude, longitude] of spots) {
    south = Math.min(south, latitude); north = Math.max(north, latitude); west = Math.min(west, longitude); east = Math.max(east, longitude);
  }
  const wide = Math.max(east - west, (north - south) * 2, 0.01);
  const tall = wide / 2;
  const [left, top] = [(west + east - wide) / 2, (north + south + tall) / 2];
  const drawn = [svg("rect", { class: "frame", x: 60, y: 10, width: 740, height: 280 })];
  for (const [latitude, longitude] of spots.slice(0, 5000)) drawn.push(svg("circle", { class: "node", cx: (70 + ((longitude - left) / wide) * 720).toFixed(1), cy: (20 + ((top - latitude) / tall) * 260).toFixed(1), r: 3.5 }, svg("title", {}, `${latitude}, ${longitude}`)));
  drawn.push(svg("text", { x: 62, y: 306 }, `west ${left.toFixed(3)}°`), svg("text", { class: "end", x: 800, y: 306 }, `east ${(left + wide).toFixed(3)}°`),
    svg("text", { class: "end", x: 56, y: 22 }, `${top.toFixed(3)}°`), svg("text", { class: "end", x: 56, y: 290 }, `${(top - tall).toFixed(3)}°`));
  return picture("Where they lie", "latitude and longitude, a plot without a map", 860, 314, drawn);
}

function drawPictures(main) {
  main.replaceChildren(el("h1", {}, `Pictures of ${isNarrowed() ? "the selection" : "all records"}`), el("p", { class: "note" }, "Drawn of messages and calls with a known time; every version of a row counts."),
    el("div", { class: "pictures scroll" }, activity(selection.places), week(selection.places), topContacts(selection.places), contactGraph(selection.places)));
}
