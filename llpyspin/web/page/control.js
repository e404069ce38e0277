// What a page can ask for, where the server allows it: POST to /do/KIND, with a header of our own.
// The answer comes with the next status, on every page alike.

import { element } from "./tiles.js";

const SURE_MS = 8000;
const WAITING = new Set(["waiting", "doing"]);
const at = (id) => document.getElementById(id);

let status = null;
let sent = 0; // number of this page's last request, and whether it was sent at all
let sending = false;
let sureTimer = null;
let questioned = ""; // the recording that the page asks about
let before = ""; // the state at the last status
const rows = new Map();

function refuse(text) {
  at("refused").hidden = !text;
  at("refused").textContent = text;
}

async function ask(kind, fields) {
  if (sending) return;
  sending = true;
  refuse("");
  draw();
  try {
    const answer = await fetch(`/do/${kind}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Llpyspin": "1" },
      body: JSON.stringify(fields),
    });
    if (answer.ok) sent = (await answer.json()).number;
    else refuse(await answer.text());
  } catch {
    refuse("llpyspin does not answer. Look at the state before you try again.");
  } finally {
    sending = false;
    draw();
  }
}

const folderName = () => status.folder.split("/").pop() || "without a recording";
// 007 is the name of an animal: only what is written as a number is one.
const numberOr = (text) => (/^-?(0|[1-9]\d{0,14})(\.\d{1,14})?$/.test(text.trim()) ? Number(text) : text.trim());

function metadata(text) {
  const found = {};
  for (const line of text.split("\n").filter((each) => each.trim())) {
    const place = line.indexOf("=");
    if (place < 1) throw new Error(`"${line}" must be name = value`);
    found[line.slice(0, place).trim()] = numberOr(line.slice(place + 1));
  }
  return found;
}

at("prime").addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = new FormData(event.target);
  try {
    ask("prime", {
      name: fields.get("name").trim(),
      subject: fields.get("subject").trim(),
      notes: fields.get("notes").trim(),
      metadata: metadata(fields.get("metadata")),
    });
  } catch (error) {
    refuse(`Metadata: ${error.message}. Nothing was done.`);
  }
});

at("trigger").addEventListener("click", () => ask("trigger", { folder: status.folder }));

function beSure(asking) {
  clearTimeout(sureTimer);
  at("sure").hidden = !asking;
  at("stop").hidden = asking;
  if (asking) {
    questioned = status.folder;
    at("question").textContent = `Stop the recording ${folderName()}?`;
    at("goon").focus();
    sureTimer = setTimeout(() => beSure(false), SURE_MS);
  }
}

// Only a recording that runs has something to lose.
at("stop").addEventListener("click", () => {
  if (status.state === "recording") beSure(true);
  else ask("stop", { folder: status.folder });
});
at("goon").addEventListener("click", () => beSure(false));
at("really").addEventListener("click", () => {
  beSure(false);
  ask("stop", { folder: questioned });
});

const NEXT = {
  open: "Describe the new session. Then prime it: the cameras are checked and wait for the trigger.",
  primed: "The cameras wait. Trigger starts it.",
  running: "The cameras run. Nothing is recorded.",
  recording: "The recording runs.",
  stopping: "The last frames are being written.",
  closed: "The cameras are closed.",
};

function draw() {
  const control = status?.control;
  at("control").hidden = !control;
  if (!control) return;
  const busy = sending || status.wishes.some(({ number, state }) => number === sent && WAITING.has(state));
  const { state } = status;
  const attended = control.attended;
  const title = status.folder ? `${folderName()}: ` : "";
  at("next").textContent = title + (NEXT[state] ?? "") + (attended ? " A program runs it. This page can only stop it." : "");
  at("prime").hidden = state !== "open" || attended;
  at("trigger").hidden = state !== "primed" || attended;
  const stoppable = ["primed", "running", "recording"].includes(state);
  at("stopping").hidden = !stoppable;
  if (!stoppable || state !== "recording") beSure(false);
  at("buttons").hidden = !stoppable;
  at("stop").textContent = state === "primed" ? "Cancel" : "Stop";
  at("stop").className = state === "primed" ? "" : "stop";
  if (state === "primed" && before !== "primed") at("prime").elements.name.value = ""; // it is taken now
  before = state;
  for (const each of at("control").querySelectorAll("button")) each.disabled = busy;
  drawSettings(control.settings, state !== "open" || attended, busy);
  drawAnswers(status.wishes);
}

// -- settings

function shown({ value, auto }) {
  if (value === null) return "–";
  return `${Number(value.toPrecision(6)).toLocaleString("en", { maximumFractionDigits: 4 })}${auto ? " (auto)" : ""}`;
}

function allowed({ min, max, words }) {
  const ends = min === null || max === null ? [] : [`${shown({ value: min })} to ${shown({ value: max })}`];
  return [...ends, ...words].join(", or ");
}

function rowOf({ name, unit, cameras }) {
  const key = `${name} ${cameras.map((each) => each.name).join(" ")}`;
  if (rows.has(key)) return rows.get(key);
  const form = element("form", at("rows"), "setting");
  element("span", form, "what", `${name.replace("_", " ")}${unit ? ` (${unit})` : ""}`);
  const now = element("output", form, "now");
  const input = element("input", form);
  input.autocomplete = "off";
  input.maxLength = 64;
  input.required = true;
  input.setAttribute("aria-label", `new ${name}`);
  const whose = element("select", form);
  whose.setAttribute("aria-label", `cameras that get this ${name}`);
  if (cameras.length > 1) element("option", whose, "", "all").value = "";
  for (const each of cameras) element("option", whose, "", each.name).value = each.name;
  whose.className = cameras.length < 2 ? "none" : "";
  const button = element("button", form, "", "Set");
  const limits = element("small", form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const camera = cameras.length > 1 ? whose.value : "";
    ask("set", { name, value: numberOr(input.value), camera });
    input.value = "";
  });
  rows.set(key, { form, now, input, whose, button, limits });
  return rows.get(key);
}

function drawSettings(settings, locked, busy) {
  at("settings").hidden = settings.length === 0;
  at("locked").hidden = !locked;
  const present = new Set();
  for (const setting of settings) {
    const row = rowOf(setting);
    present.add(row);
    const values = setting.cameras.map(shown);
    const alike = values.every((each) => each === values[0]);
    row.now.textContent = alike ? values[0] : setting.cameras.map((each, n) => `${each.name} ${values[n]}`).join(", ");
    const limits = [...new Set(setting.cameras.map(allowed))];
    row.limits.textContent = limits.length === 1 ? limits[0] : setting.cameras.map((each, n) => `${each.name}: ${allowed(each)}`).join("; ");
    for (const each of [row.input, row.whose]) each.disabled = locked;
    row.button.disabled = locked || busy;
  }
  for (const [key, row] of rows) {
    if (present.has(row)) continue;
    row.form.remove();
    rows.delete(key);
  }
}

// -- what became of requests

function drawAnswers(wishes) {
  at("answers").hidden = wishes.length === 0;
  const lines = wishes.map(({ at: seconds, title, state, text }) => {
    const line = document.createElement("li");
    element("time", line, "", new Date(seconds * 1000).toLocaleTimeString());
    element("strong", line, state, `${title}: ${state}`);
    element("span", line, "", text);
    return line;
  });
  const key = JSON.stringify(wishes);
  if (at("answers").dataset.key === key) return; // a screen reader would read it again each second
  at("answers").dataset.key = key;
  at("answers").replaceChildren(...lines);
}

export function showControl(newest) {
  status = newest;
  draw();
}

export function hideControl() {
  status = null;
  beSure(false);
  draw();
}
