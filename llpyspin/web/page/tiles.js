// One camera on the page or in a notebook: its picture on a canvas, and its figures below.

const STALE_MS = 3000;
const STATES_WITH_FRAMES = new Set(["running", "recording"]);

export const count = (number) => number.toLocaleString("en");

export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000;
    unit += 1;
  }
  return `${number.toFixed(number < 10 && unit ? 1 : 0)} ${units[unit]}`;
}

export function duration(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

export function synchronisation(sync) {
  if (sync === null) return "–";
  if (sync.behind > 2) return `${count(sync.behind)} triggers apart`;
  if (sync.arrival_ms === null) return `a camera has no frame of trigger ${count(sync.trigger)}`;
  return `in step, frames arrive ${sync.arrival_ms.toFixed(1)} ms apart`;
}

export function element(kind, parent, className = "", text = "") {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = text;
  parent.append(made);
  return made;
}

export class Tile {
  constructor(name, parent) {
    this.root = element("article", parent, "tile");
    const button = element("button", this.root);
    button.type = "button";
    button.setAttribute("aria-label", `Enlarge ${name}`);
    button.addEventListener("click", () => this.root.classList.toggle("large"));
    this.canvas = element("canvas", button);
    this.canvas.width = 4;
    this.canvas.height = 3;
    this.age = element("span", button, "age");
    this.age.textContent = "waiting for a picture";
    const heading = element("div", this.root, "name");
    element("span", heading).textContent = name;
    this.state = element("span", heading);
    this.figures = element("dl", this.root);
    this.failure = element("p", this.root, "failure");
    this.failure.hidden = true;
    this.cells = new Map();
    this.pictureAt = 0;
    this.ended = "";
  }

  // Nothing of a picture is kept but what the canvas shows.
  async show(jpeg) {
    const bitmap = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
    try {
      if (this.canvas.width !== bitmap.width || this.canvas.height !== bitmap.height) {
        this.canvas.width = bitmap.width;
        this.canvas.height = bitmap.height;
      }
      this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
    } finally {
      bitmap.close();
    }
    this.pictureAt = performance.now();
    this.lookAtAge();
  }

  // No pictures come any more.
  end(why) {
    this.ended = why;
    this.state.textContent = "ended";
    this.lookAtAge();
  }

  lookAtAge() {
    const age = performance.now() - this.pictureAt;
    const stale = Boolean(this.ended) || this.pictureAt === 0 || age > STALE_MS;
    this.root.classList.toggle("stale", stale && this.pictureAt !== 0);
    this.age.hidden = !stale;
    if (this.ended) this.age.textContent = this.ended;
    else if (this.pictureAt !== 0) this.age.textContent = `no new picture for ${Math.round(age / 1000)} s`;
  }

  tell(camera) {
    this.state.textContent = camera.role && camera.role !== "None" ? `${camera.state}, ${camera.role}` : camera.state;
    const runs = STATES_WITH_FRAMES.has(camera.state);
    const places = Object.entries(camera.lost).map(([place, each]) => `${place} ${count(each)}`);
    this.figure("rate", camera.rate ? `${camera.rate.toFixed(1)} fps` : "–");
    this.figure("frames", runs || camera.frames ? count(camera.frames) : "–");
    if (camera.away) places.push(`${count(camera.away)} triggers without this camera`);
    this.figure("lost", places.length ? places.join(", ") : runs ? "0" : "–", places.length ? "bad" : runs ? "good" : "");
    if (camera.incomplete) this.figure("incomplete", count(camera.incomplete), "bad");
    this.figure("backlog", this.backlog(camera), camera.spilled ? "bad" : camera.backlog > 100 ? "note" : "");
    this.figure("disk left", camera.disk_free === null ? "–" : bytes(camera.disk_free));
    this.figure("temperature", camera.temperature === null ? "–" : `${camera.temperature.toFixed(1)} °C`);
    this.failure.hidden = !camera.failure;
    this.failure.textContent = camera.failure;
  }

  backlog(camera) {
    if (!camera.backlog) return camera.disk_free === null ? "–" : "0";
    return camera.spilled ? `${count(camera.backlog)}, ${count(camera.spilled)} on disk` : count(camera.backlog);
  }

  figure(name, text, className = "") {
    if (!this.cells.has(name)) {
      const pair = element("div", this.figures);
      element("dt", pair).textContent = name;
      this.cells.set(name, element("dd", pair));
    }
    const cell = this.cells.get(name);
    cell.textContent = text;
    cell.className = className;
  }
}
