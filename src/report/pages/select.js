// The selection: which records the filters and the search leave, in the order of the page.

const filters = { services: new Set(), states: new Set(), from: null, before: null, party: "", query: "" };
const selection = { places: new Int32Array(0), terms: [], hits: null, version: 0, searching: 0 };
const searched = [];

/** Words and phrases in quotation marks, in lower case. */
function termsOf(query) {
  return [...query.toLowerCase().matchAll(/"([^"]+)"|(\S+)/g)].map((match) => match[1] ?? match[2].replaceAll('"', "")).filter(Boolean);
}

/** Every text and number of a value but where it is from. */
function leaves(value, shapes, out) {
  if (!Array.isArray(value)) {
    if (typeof value === "string" || typeof value === "number") out.push(value);
    return;
  }
  if (value[0] === -2) out.push(value[1]);
  else if (value[0] === -1) for (let at = 1; at < value.length; at += 1) leaves(value[at], shapes, out);
  else {
    const keys = shapes[value[0]];
    for (let at = 0; at < keys.length; at += 1) if (keys[at] !== "provenance") leaves(value[at + 1], shapes, out);
  }
}

async function textsOf(part) {
  if (!searched[part]) {
    const read = kept.get(part) ?? await partSoon("records", part);
    searched[part] = read.values.map((value) => {
      const out = [];
      leaves(value, read.shapes, out);
      return out.join("\n").toLowerCase();
    });
  }
  return searched[part];
}

/** Searches all records; null where another search began meanwhile. */
async function search(terms, progress) {
  const mine = (selection.searching += 1);
  const hits = new Uint8Array(head.records);
  let since = performance.now();
  for (let part = 0; part < index.firsts.length; part += 1) {
    const texts = await textsOf(part);
    for (let at = 0; at < texts.length; at += 1) {
      if (terms.every((term) => texts[at].includes(term))) hits[index.firsts[part] + at] = 1;
    }
    if (performance.now() - since > SLICE) {
      progress(part / index.firsts.length);
      await pause();
      if (mine !== selection.searching) return null;
      since = performance.now();
    }
  }
  return hits;
}

/** Reads texts ahead while nobody waits for anything, so that the first search is quick too. */
function readAhead(part) {
  if (part >= index.firsts.length || head.parts_a_file) return;
  const next = globalThis.requestIdleCallback ?? ((task) => setTimeout(task, 50));
  next(() => textsOf(part).then(() => readAhead(part + 1), fail));
}

function partiesWith(text) {
  const wanted = text.toLowerCase();
  const has = (party) => [party.address, ...party.names, ...party.book].some((name) => name.toLowerCase().includes(wanted));
  const parties = index.parties.map(has);
  return Uint8Array.from(index.mentionParty, (party) => (parties[party] ? 1 : 0));
}

/** Makes the selection anew by the filters; `selection.hits` is of the last search. */
function select() {
  const services = index.services.map((name) => !filters.services.size || filters.services.has(name));
  const states = index.states.map((name) => !filters.states.size || filters.states.has(name));
  const parties = filters.party ? partiesWith(filters.party) : null;
  const places = new Int32Array(head.records);
  let count = 0;
  for (let place = 0; place < index.read; place += 1) {
    if (!services[index.service[place]] || !states[index.state[place]]) continue;
    if (selection.hits && !selection.hits[place]) continue;
    const moment = index.time[place];
    // A record without a time lies in no period.
    if (filters.from !== null && !(moment >= filters.from)) continue;
    if (filters.before !== null && !(moment < filters.before)) continue;
    if (parties && !parties[index.from[place]] && !index.to[place].some((party) => parties[party])) continue;
    places[count] = place;
    count += 1;
  }
  selection.places = places.slice(0, count);
  selection.version += 1;
}

/** How many of a sorted list lie before a number. */
function before(places, wanted) {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] < wanted) low = middle + 1; else high = middle;
  }
  return low;
}

/** The selected records from one number up to another. */
function selectedIn(first, end) {
  return selection.places.subarray(before(selection.places, first), before(selection.places, end));
}

/** Whether anything is left out. */
function isNarrowed() {
  return Boolean(selection.hits) || filters.services.size > 0 || filters.states.size > 0 || filters.from !== null || filters.before !== null || filters.party !== "";
}

/** The selection in words. */
function selectionInWords() {
  const said = [];
  if (filters.query) said.push(`search: ${filters.query}`);
  if (filters.services.size) said.push(`services: ${[...filters.services].join(", ")}`);
  if (filters.states.size) said.push(`states: ${[...filters.states].join(", ")}`);
  if (filters.from !== null) said.push(`from ${time(filters.from)}`);
  if (filters.before !== null) said.push(`before ${time(filters.before)}`);
  if (filters.party) said.push(`party has: ${filters.party}`);
  return said.length ? said.join("; ") : "all records";
}
