// The data: the head at once, the index when the page has come, records when they are looked at.

/** A number that a double cannot hold as it is written. */
class Exact {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
  toJSON() { return this.text; }
}

/** The value that was written with shapes. fromEntries makes own members whatever their name. */
function decode(value, shapes) {
  if (!Array.isArray(value)) return value;
  const [kind] = value;
  if (kind === -1) return value.slice(1).map((one) => decode(one, shapes));
  if (kind === -2) return new Exact(value[1]);
  return Object.fromEntries(shapes[kind].map((key, at) => [key, decode(value[at + 1], shapes)]));
}

const head = (() => {
  const part = JSON.parse(document.getElementById("head").textContent);
  return decode(part.values[0], part.shapes);
})();
const report = head.report;

// Parts in files hand over their JSON by this name; there is nothing else that they could call.
const arrived = new Map();
const asked = new Map();
if (head.parts_a_file) globalThis.affiantPart = (name, json) => arrived.set(name, json);
const FILES_KEPT = 40;
const addresses = globalThis.trustedTypes && head.parts_a_file
  ? globalThis.trustedTypes.createPolicy("parts", { createScriptURL: (address) => {
    if (!/^report-parts\/[a-z-]+-\d{5}\.js$/.test(address)) throw new TypeError(`no part of this report: ${address}`);
    return address;
  } })
  : { createScriptURL: (address) => address };

function load(kind, part) {
  const address = `report-parts/${kind}-${String(Math.floor(part / head.parts_a_file)).padStart(5, "0")}.js`;
  if (!asked.has(address)) {
    asked.set(address, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = addresses.createScriptURL(address);
      script.onload = () => { script.remove(); resolve(); };
      script.onerror = () => reject(new Error(`${address} cannot be read: report-parts must lie beside report.html`));
      document.head.append(script);
    }));
    if (asked.size > FILES_KEPT) forget(asked.keys().next().value);
  }
  return asked.get(address);
}

function forget(address) {
  const [, kind, file] = /^report-parts\/(.+)-(\d+)\.js$/.exec(address);
  asked.delete(address);
  for (let part = 0; part < head.parts_a_file; part += 1) arrived.delete(`${kind}-${Number(file) * head.parts_a_file + part}`);
}

/** The JSON of a part; null where its file has to be loaded first. */
function partText(kind, part) {
  const name = `${kind}-${part}`;
  if (head.parts_a_file) return arrived.get(name) ?? null;
  return document.getElementById(name)?.textContent ?? null;
}

async function partSoon(kind, part) {
  let text = partText(kind, part);
  if (text === null && head.parts_a_file) {
    await load(kind, part);
    text = partText(kind, part);
  }
  if (text === null) throw new Error(`${kind}-${part} is missing`);
  return JSON.parse(text);
}

const PARTS_KEPT = 96;
const kept = new Map();

/** A part of the records as it is written; null where it has to be loaded first: then `later` is called. */
function recordsPart(part, later) {
  let read = kept.get(part);
  if (read) {
    kept.delete(part);
  } else {
    const text = partText("records", part);
    if (text === null) {
      load("records", part).then(later, fail);
      return null;
    }
    read = JSON.parse(text);
    if (kept.size >= PARTS_KEPT) kept.delete(kept.keys().next().value);
  }
  kept.set(part, read);
  return read;
}

/** A record by its number in the page; null where it has to be loaded first. */
function recordAt(place, later) {
  const part = partOf(place);
  const read = recordsPart(part, later);
  return read && decode(read.values[place - index.firsts[part]], read.shapes);
}

async function recordSoon(place) {
  const part = partOf(place);
  const read = kept.get(part) ?? await partSoon("records", part);
  return decode(read.values[place - index.firsts[part]], read.shapes);
}

// What is known of every record, by its number.
const index = {
  ready: false, read: 0, firsts: [], ids: [], services: [], states: [], fields: [], kinds: [], parties: [],
  // A party as records name it: each name for one address is a mention of its own.
  mentionParty: [], mentionName: [], mentionOwner: [],
  kind: new Uint8Array(head.records), time: new Float64Array(head.records), service: new Uint32Array(head.records),
  state: new Uint8Array(head.records), field: new Uint8Array(head.records), direction: new Uint8Array(head.records),
  from: new Int32Array(head.records), to: new Array(head.records), text: new Array(head.records), places: new Map(),
};
const partyNumbers = new Map();
const mentionNumbers = new Map();
const threads = [];
const NOBODY = [];

function numberIn(list, value) {
  const known = list.indexOf(value);
  return known >= 0 ? known : list.push(value) - 1;
}

const BOOKS = { contacts: "address book", accounts: "account" };

/** A mention of a party: who it is, by its address, and what this record calls it. A name of an address book is kept apart. */
function mentionNumber([address, name, isOwner], kind) {
  const party = partyNumber(address, name, isOwner);
  if (BOOKS[kind] && name) {
    const told = `${BOOKS[kind]}: ${name}`;
    const { book } = index.parties[party];
    if (book.length < 8 && !book.includes(told)) book.push(told);
  } else if (name && index.parties[party].names.length < 8 && !index.parties[party].names.includes(name)) index.parties[party].names.push(name);
  // Of several handsets the owner of one is a party of another: who owns is said by each record.
  const owns = isOwner === 1;
  if (!owns && !BOOKS[kind]) index.parties[party].isOther = true;
  const key = `${party} ${owns} ${name}`;
  let known = mentionNumbers.get(key);
  if (known === undefined) {
    known = index.mentionParty.push(party) - 1;
    index.mentionName.push(name);
    index.mentionOwner.push(owns);
    mentionNumbers.set(key, known);
  }
  return known;
}

function partyNumber(address, name, isOwner) {
  const key = isOwner && !address ? "\u0000owner" : address ? address.toLowerCase() : `\u0000${name}`;
  let known = partyNumbers.get(key);
  if (known === undefined) {
    known = index.parties.push({ address, names: [], book: [], isOwner: false, isOther: false, records: 0 }) - 1;
    partyNumbers.set(key, known);
  }
  index.parties[known].isOwner ||= isOwner === 1;
  return known;
}

function takeColumns(columns) {
  const first = index.read;
  const kind = numberIn(index.kinds, columns.kind);
  const services = columns.services.map((name) => numberIn(index.services, name));
  const states = columns.states.map((name) => numberIn(index.states, name));
  const fields = columns.fields.map((name) => numberIn(index.fields, name));
  const parties = columns.parties.map((party) => mentionNumber(party, columns.kind));
  index.firsts.push(first);
  index.ids.push(columns.ids);
  for (let at = 0; at < columns.count; at += 1) {
    const place = first + at;
    index.kind[place] = kind;
    index.time[place] = columns.time[at] ?? NaN;
    index.service[place] = services[columns.service[at]];
    index.state[place] = states[columns.state[at]];
    index.field[place] = fields[columns.field[at]];
    index.direction[place] = columns.direction[at];
    index.from[place] = columns.from[at] < 0 ? -1 : parties[columns.from[at]];
    index.to[place] = columns.to[at].length ? columns.to[at].map((party) => parties[party]) : NOBODY;
    index.text[place] = columns.text[at];
    for (const party of partiesOf(place)) index.parties[party].records += 1;
  }
  for (const [at, place] of Object.entries(columns.places)) index.places.set(first + Number(at), place);
  index.read += columns.count;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
/** Milliseconds of work between two looks at the keyboard. */
const SLICE = 40;

async function loadIndex(progress) {
  let since = performance.now();
  for (let part = 0; part < (head.parts.index ?? 0); part += 1) {
    takeColumns(await partSoon("index", part));
    if (performance.now() - since > SLICE) {
      progress(index.read);
      await pause();
      since = performance.now();
    }
  }
  for (let part = 0; part < (head.parts.threads ?? 0); part += 1) {
    const read = await partSoon("threads", part);
    for (const value of read.values) threads.push(decode(value, read.shapes));
  }
  index.ready = true;
}

/** The part that a record lies in: the last one that begins not behind it. */
function partOf(place) {
  let [low, high] = [0, index.firsts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (index.firsts[middle] <= place) low = middle; else high = middle - 1;
  }
  return low;
}

function idOf(place) {
  const part = partOf(place);
  return index.ids[part][place - index.firsts[part]];
}

/** The number of a record by its id; -1 where there is none. */
function placeOf(id) {
  for (let part = 0; part < index.ids.length; part += 1) {
    const at = index.ids[part].indexOf(id);
    if (at >= 0) return index.firsts[part] + at;
  }
  return -1;
}

/** Where the records of a kind begin and end. */
function rangeOf(kind) {
  const at = head.kinds.findIndex((one) => one.kind === kind);
  if (at < 0) return [0, 0];
  return [head.kinds[at].first, head.kinds[at + 1]?.first ?? head.records];
}

/** The thread that a message lies in. */
function threadOf(place) {
  return threads.findIndex((thread) => thread.first <= place && place < thread.first + thread.count);
}

/** The parties of a record, each once. */
function partiesOf(place) {
  const mentions = index.from[place] < 0 ? index.to[place] : [index.from[place], ...index.to[place]];
  return new Set(mentions.map((mention) => index.mentionParty[mention]));
}

/** The parties of a record that it does not call the owner, each once. */
function othersOf(place) {
  const mentions = index.from[place] < 0 ? index.to[place] : [index.from[place], ...index.to[place]];
  return new Set(mentions.filter((mention) => !index.mentionOwner[mention]).map((mention) => index.mentionParty[mention]));
}

function label(party, name, isOwner) {
  if (isOwner) return `${name || party.address || "the handset"} (owner${name && party.address ? `, ${party.address}` : ""})`;
  if (name) return party.address && party.address !== name ? `${name} (${party.address})` : name;
  return party.book.length ? `${party.address} [${party.book[0]}]` : party.address;
}

/** What a record calls a party: the name that stands in it, else its address, with what the address book ties to that. */
function mentionLabel(mention) {
  return mention < 0 ? "" : label(index.parties[index.mentionParty[mention]], index.mentionName[mention], index.mentionOwner[mention]);
}

/** What a party is called over many records. */
function partyLabel(number) {
  const party = index.parties[number];
  return label(party, party.names[0] ?? "", party.isOwner && !party.isOther);
}
