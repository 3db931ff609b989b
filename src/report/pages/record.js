// One record: its fields, and where each of them is from, down to the bytes and the commands that show them.

const CANDIDATE = "the mapping that it rests on has been confirmed by nobody";
const FIRST_KEYS = new Set(["id", "artifact", "certainty", "service", "state", "provenance", "extra", "raw"]);

const STATE_MEANS = {
  live: "stands in the live view", superseded: "the live view holds this row with other content", deleted: "the live view holds no such row",
  unreachable: "no such row in the live view; it lies where nothing reaches it", unattributed: "its table, or whether a rule takes it, cannot be told",
};

/** The state as a mark, in words. */
function stateMark(name) {
  return el("span", { class: `state ${STATE_MEANS[name] ? name : "other"}`, title: STATE_MEANS[name] }, name);
}

async function showRecord(place) {
  const aside = document.getElementById("record");
  const record = await recordSoon(place);
  const id = idOf(place);
  const title = head.titles[index.kinds[index.kind[place]]]?.[0] ?? "record";
  const thread = threadOf(place);
  aside.replaceChildren(
    el("div", { class: "bar" }, el("h2", { id: "record-title" }, words(title)), stateMark(record.state),
      thread >= 0 ? el("a", { href: `#/conversations/${thread}/${place}` }, "in its conversation") : null,
      el("button", { type: "button", "aria-label": "Close the record", on: { click: closeRecord } }, "Close")),
    el("p", { class: "id" }, evidence(id)),
    el("p", {}, "by the definition ", evidence(record.artifact ?? ""), ", service ", held(record.service) ?? "not known", ". ",
      STATE_MEANS[record.state] ? `State ${record.state}: ${STATE_MEANS[record.state]}.` : "",
      record.certainty ? el("span", {}, " Certainty ", evidence(record.certainty), `: ${CANDIDATE}.`) : null),
    fieldsOf(record), whereFrom(record, id));
  aside.hidden = false;
  aside.scrollTop = 0;
  aside.focus({ preventScroll: true });
}

function closeRecord() {
  const aside = document.getElementById("record");
  if (aside.hidden) return;
  aside.hidden = true;
  if (location.hash.startsWith("#/record/")) location.hash = behind;
  document.querySelector("#main .list")?.focus({ preventScroll: true });
}

function fieldsOf(record) {
  const fields = Object.entries(record).filter(([name]) => !FIRST_KEYS.has(name));
  const parts = [el("h3", {}, "Fields"), tree(fields)];
  for (const [name, title] of [["extra", "What the app holds beyond them"], ["raw", "As stored: codes of labels, texts that were read anew"]]) {
    if (record[name] && Object.keys(record[name]).length) {
      parts.push(el("details", {}, el("summary", {}, title), tree(Object.entries(record[name]))));
    }
  }
  return el("section", {}, ...parts);
}

/** Named values, nested as they are. */
function tree(members) {
  const list = el("dl", {});
  for (const [name, value] of members) list.append(el("dt", {}, evidence(name)), el("dd", {}, valueOf(value)));
  return list;
}

function valueOf(value) {
  if (value === null) return el("span", { class: "note" }, "known to be empty");
  if (Array.isArray(value)) {
    if (!value.length) return el("span", { class: "note" }, "none");
    return el("ol", {}, ...value.slice(0, 200).map((one) => el("li", {}, valueOf(one))),
      value.length > 200 ? el("li", {}, `${number(value.length - 200)} more stand in report.json`) : null);
  }
  if (typeof value !== "object" || value instanceof Exact) return held(value, selection.terms);
  if ("utc" in value && "unit" in value) return timeOf(value);
  if (["bytes", "blob", "sha256"].some((key) => key in value) && Object.keys(value).length <= 2) return held(value);
  return tree(Object.entries(value));
}

/** A time: in the chosen zone, in UTC as the report has it, and as stored. */
function timeOf(value) {
  const moment = value.utc === null ? NaN : Date.parse(value.utc);
  return el("span", {}, el("b", {}, Number.isFinite(moment) ? time(moment) : "not known in UTC"),
    value.utc ? ` · UTC ${value.utc}` : "", " · stored as ", evidence(String(value.raw)), ` (${value.unit}${value.zone ? `, zone ${value.zone}` : ""})`);
}

function whereFrom(record, id) {
  const rows = record.provenance?.rows ?? [];
  const seen = record.provenance?.seen_in ?? [];
  const section = el("section", {}, el("h3", {}, "Where is this from"));
  for (const row of rows) section.append(rowOf(row));
  if (seen.length) {
    const places = seen.map((one) => el("li", {}, evidence(`view ${one.view}, ${one.source}, page ${one.page}, offset ${hex(one.offset)}, ${one.length} bytes`)));
    section.append(el("h4", {}, "The same version of the row also stands at"), el("ul", {}, ...places));
  }
  section.append(el("h4", {}, "Walk to the bytes, with the evidence at hand"), el("pre", {}, `affiant explain REPORT_FOLDER ${shellWord(id)} EVIDENCE`));
  return section;
}

function hex(value) {
  return Number.isSafeInteger(value) ? `${number(value)} (0x${value.toString(16)})` : String(value);
}

/** The file that a row's offset counts in: the artifact itself or one of its companions. */
function fileOf(row) {
  const file = (report.files ?? []).find((one) => one.id === row.file);
  if (!file) return null;
  if (row.source === "main") return { ...file, artifact: file };
  const companion = (file.companions ?? []).find((one) => one.path.endsWith(`-${row.source}`) || one.path.endsWith(`/${row.source}`));
  return companion ? { ...companion, artifact: file } : { path: `${file.path} (${row.source})`, artifact: file };
}

function rowOf(row) {
  const file = fileOf(row);
  const facts = [["file", file?.path ?? `file ${row.file}`], ["SHA-256", file?.sha256], ["within", file?.artifact.within && JSON.stringify(file.artifact.within)],
    ["table", row.table], ["path", row.path], ["cell", row.cell], ["rowid", row.rowid], ["view", row.view], ["source", row.source], ["page", row.page],
    ["offset", hex(row.offset)], ["length", `${row.length} bytes`], ["complete", row.complete ? "yes" : "no"], ["could not be read", row.missing?.join(", ")],
    ["made out by", row.reason], ["other versions", row.other_versions],
    ["overflow pages", row.overflow?.map((page) => `${page.source} page ${page.page} at ${hex(page.offset)}`).join("; ")]];
  const list = el("dl", { class: "facts" });
  for (const [name, value] of facts) {
    if (value !== undefined && value !== null && value !== "") list.append(el("dt", {}, name), el("dd", {}, evidence(String(value))));
  }
  return el("div", { class: "from" }, el("h4", {}, row.role === "base" ? "The row itself" : el("span", {}, "Found by the look-up ", evidence(row.role))), list, commands(row, file));
}

/** A name as one word of a POSIX shell. */
function shellWord(text) {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function commands(row, file) {
  if (!file?.sha256) return el("p", { class: "note" }, "Its bytes have no hash of their own in the report; affiant explain shows them.");
  const name = shellWord((file.original ?? file.path).replace(/^\//, ""));
  const lines = [`sha256sum ${name}`, `#  ${file.sha256}`];
  if (file.artifact.encryption) lines.push("#  the file is encrypted; the offset counts in what decryption makes of it: affiant explain says how");
  lines.push(`xxd -s ${row.offset} -l ${row.length} ${name}`);
  return el("details", {}, el("summary", {}, "Commands to check"),
    el("p", { class: "note" }, report.evidence?.kind === "folder" ? "In the folder of the evidence:" : "With the file taken out of the evidence under this name:"),
    el("pre", {}, visible(lines.join("\n"))));
}
