"use strict";
// Text of the evidence on the page: always as text, never as markup; what cannot be seen is shown by its code point.

const INVISIBLE = new RegExp(
  "(?![\\n\\t])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u2800\\u3164\\uFFA0\\uFE00-\\uFE0F\\u{E0100}-\\u{E01EF}]",
  "gu");
const PICTURE_BEFORE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}0-9#*]\uFE0F?$/u;
const PICTURE_AFTER = /^\p{Extended_Pictographic}/u;
// Scripts in which a joiner is spelling.
const JOINING = /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]/u;
const CODE_POINTS = {
  0x00: "NULL", 0x07: "BELL", 0x08: "BACKSPACE", 0x0d: "CARRIAGE RETURN", 0x1b: "ESCAPE", 0x7f: "DELETE", 0xad: "SOFT HYPHEN",
  0x61c: "ARABIC LETTER MARK", 0x200b: "ZERO WIDTH SPACE", 0x200c: "ZERO WIDTH NON-JOINER", 0x200d: "ZERO WIDTH JOINER",
  0x200e: "LEFT-TO-RIGHT MARK", 0x200f: "RIGHT-TO-LEFT MARK", 0x2028: "LINE SEPARATOR", 0x2029: "PARAGRAPH SEPARATOR",
  0x202a: "LEFT-TO-RIGHT EMBEDDING", 0x202b: "RIGHT-TO-LEFT EMBEDDING", 0x202c: "POP DIRECTIONAL FORMATTING",
  0x202d: "LEFT-TO-RIGHT OVERRIDE", 0x202e: "RIGHT-TO-LEFT OVERRIDE", 0x2060: "WORD JOINER", 0x2066: "LEFT-TO-RIGHT ISOLATE",
  0x2067: "RIGHT-TO-LEFT ISOLATE", 0x2068: "FIRST STRONG ISOLATE", 0x2069: "POP DIRECTIONAL ISOLATE", 0x2800: "BRAILLE BLANK",
  0x3164: "HANGUL FILLER", 0xfeff: "ZERO WIDTH NO-BREAK SPACE",
};
/** Characters of a text that are shown before "show all". */
const SHOWN = 2000;

/** Makes an element; what is given as text stays text. */
function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name === "class") element.className = value;
    else if (name === "on") for (const [event, heard] of Object.entries(value)) element.addEventListener(event, heard);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function codePoint(character) {
  const code = character.codePointAt(0);
  const written = "U+" + code.toString(16).toUpperCase().padStart(4, "0");
  const name = CODE_POINTS[code];
  return el("span", { class: "mark", title: name ? `${written} ${name}` : written, dir: "ltr" }, written);
}

/** Text for where no element can stand: an SVG text, a title. */
function plain(text) {
  return text.replace(INVISIBLE, (character) => `[U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
}

/** Whether an invisible character belongs to what is seen around it: to an emoji, or to the spelling of a script that joins. */
function belongs(character, before, after) {
  if (character === "\r") return after.startsWith("\n");
  if (character === "\uFE0F") return PICTURE_BEFORE.test(before);
  if (character !== "\u200C" && character !== "\u200D") return false;
  if (JOINING.test(before.slice(-1)) && JOINING.test(after.slice(0, 1))) return true;
  return character === "\u200D" && PICTURE_BEFORE.test(before) && PICTURE_AFTER.test(after);
}

/** The text, invisible characters shown, words that were searched for marked. */
function visible(text, terms) {
  const fragment = document.createDocumentFragment();
  for (const [piece, found] of cut(text, terms ?? [])) {
    const into = found ? el("mark") : fragment;
    let start = 0;
    for (const match of piece.matchAll(INVISIBLE)) {
      const end = match.index + match[0].length;
      if (belongs(match[0], piece.slice(Math.max(0, match.index - 4), match.index), piece.slice(end, end + 4))) continue;
      if (match.index > start) into.append(piece.slice(start, match.index));
      into.append(codePoint(match[0]));
      start = end;
    }
    if (start < piece.length) into.append(piece.slice(start));
    if (found) fragment.append(into);
  }
  return fragment;
}

/** The text in pieces, each with whether it was searched for. */
function cut(text, terms) {
  const lower = terms.length ? text.toLowerCase() : "";
  // A letter that is longer in lower case moves all that follows.
  if (!terms.length || lower.length !== text.length) return [[text, false]];
  const pieces = [];
  let start = 0;
  while (start < text.length) {
    let at = -1;
    let length = 0;
    for (const term of terms) {
      const found = lower.indexOf(term, start);
      if (found >= 0 && (at < 0 || found < at)) [at, length] = [found, term.length];
    }
    if (at < 0) break;
    if (at > start) pieces.push([text.slice(start, at), false]);
    pieces.push([text.slice(at, at + length), true]);
    start = at + length;
  }
  if (start < text.length || !pieces.length) pieces.push([text.slice(start), false]);
  return pieces;
}

/** An element that holds text of the evidence. */
function evidence(text, terms, tag) {
  return el(tag ?? "span", { class: "ev", dir: "auto" }, visible(String(text), terms));
}

/** The same, a long text cut until all of it is asked for. */
function shortened(text, terms) {
  text = String(text);
  if (text.length <= SHOWN * 1.2) return evidence(text, terms);
  const end = /[\uD800-\uDBFF]/.test(text[SHOWN - 1]) ? SHOWN - 1 : SHOWN;
  const lower = (terms ?? []).length ? text.toLowerCase() : "";
  const further = (terms ?? []).some((term) => lower.indexOf(term) >= end);
  const holder = el("span", { class: "long" }, evidence(text.slice(0, end), terms), "… ");
  const all = el("button", { type: "button", class: "all", on: { click: (event) => {
    event.stopPropagation();
    holder.replaceChildren(evidence(text, terms));
    holder.dispatchEvent(new Event("grown", { bubbles: true }));
  } } }, `Show all ${number(text.length)} characters${further ? "; what was searched for stands further on" : ""}`);
  holder.append(all);
  return holder;
}

/** A text field however it is held: plain, not valid in its encoding, bytes, withheld. */
function held(value, terms) {
  if (value === null || value === undefined) return null;
  if (typeof value !== "object" || value instanceof Exact) return shortened(String(value), terms);
  if ("text" in value && "bytes" in value) {
    return el("span", {}, shortened(value.text, terms), el("span", { class: "note" }, ` (not valid in its encoding; bytes ${value.bytes.slice(0, 64)}${value.bytes.length > 64 ? "…" : ""})`));
  }
  if ("sha256" in value) return el("span", { class: "note" }, `(withheld; SHA-256 ${value.sha256})`);
  if ("blob" in value) return el("span", { class: "note" }, `(${value.blob.length / 2} bytes: ${value.blob.slice(0, 64)}${value.blob.length > 64 ? "…" : ""})`);
  return shortened(JSON.stringify(value), terms);
}

/** A number with its thousands apart. */
function number(value) {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** "1 record", "2 records". */
function counted(count, word) {
  return `${number(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** A name of the vocabulary for people. */
function words(name) {
  return String(name).replaceAll("_", " ");
}
