// The live view in a notebook. The text of tiles.js stands before this one: both are one module.
// Each message is acknowledged once it is shown. Only then does the kernel send the next one.

const AGE_MS = 1000;
const ASK_AGAIN_MS = 5000; // without a message, after which the last acknowledgement may be lost

class View {
  constructor(model, parent) {
    this.model = model;
    this.name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.tiles = new Map();
    this.onScreen = true;
    this.askAt = Infinity;
    this.ended = "";
    this.build(parent.attachShadow({ mode: "open" })); // no style of the notebook gets in, and none out
  }

  build(root) {
    element("style", root).textContent = STYLE;
    const header = element("header", root);
    this.state = element("span", header, "state");
    this.state.textContent = "starting";
    this.facts = element("span", header, "facts");
    this.stop = element("button", header, "stop");
    this.stop.textContent = "Stop";
    this.stop.title = "End this view. A recording goes on.";
    this.stop.addEventListener("click", () => {
      this.stop.disabled = true;
      this.say("stop");
    });
    this.grid = element("main", root);
    this.grid.id = "tiles";
  }

  say(what, more = {}) {
    this.model.send({ view: this.name, say: what, ...more });
  }

  get inSight() {
    return this.onScreen && !document.hidden;
  }

  // Nobody sees it, or somebody does again.
  look() {
    this.say(this.inSight ? "ready" : "hidden");
    this.askAt = this.inSight ? performance.now() + ASK_AGAIN_MS : Infinity;
  }

  async receive({ number, status, names }, buffers) {
    if (this.ended) return;
    if (status) this.showStatus(JSON.parse(status));
    const shown = names.map((name, at) => this.tiles.get(name)?.show(buffers[at]));
    for (const result of await Promise.allSettled(shown)) {
      if (result.status === "rejected") console.warn("a picture cannot be shown", result.reason);
    }
    if (this.inSight) this.say("shown", { number });
    else this.say("hidden");
    this.askAt = this.inSight ? performance.now() + ASK_AGAIN_MS : Infinity;
  }

  showStatus(status) {
    this.state.textContent = status.state;
    this.state.className = `state ${status.state}`;
    const facts = [];
    if (status.seconds) facts.push(duration(status.seconds));
    if (status.triggers) facts.push(`${count(status.triggers)} triggers`);
    if (status.sync) facts.push(synchronisation(status.sync));
    if (status.folder) facts.push(status.folder);
    this.facts.textContent = facts.join(" · ");
    for (const camera of status.cameras) {
      if (!this.tiles.has(camera.name)) this.tiles.set(camera.name, new Tile(camera.name, this.grid));
      this.tiles.get(camera.name).tell(camera);
    }
  }

  end(why) {
    if (!why) return;
    this.ended = why;
    this.state.textContent = "ended";
    this.state.className = "state off";
    this.facts.textContent = why;
    this.stop.hidden = true;
    this.tiles.forEach((tile) => tile.end(why));
  }

  lookAtAge() {
    this.tiles.forEach((tile) => tile.lookAtAge());
    if (this.ended || performance.now() < this.askAt) return;
    this.askAt = Infinity; // once: a kernel that is busy reads all messages later
    this.say("ready");
  }
}

export default {
  render({ model, el }) {
    const view = new View(model, element("div", el));
    const receive = (message, buffers) => view.receive(message, buffers);
    const end = () => view.end(model.get("ended"));
    const look = () => view.look();
    const sight = new IntersectionObserver((entries) => {
      const onScreen = entries.at(-1).isIntersecting;
      if (onScreen !== view.onScreen) {
        view.onScreen = onScreen;
        look();
      }
    });
    model.on("msg:custom", receive);
    model.on("change:ended", end);
    document.addEventListener("visibilitychange", look);
    sight.observe(el);
    const timer = setInterval(() => view.lookAtAge(), AGE_MS);
    look();
    end();
    return () => {
      clearInterval(timer);
      sight.disconnect();
      document.removeEventListener("visibilitychange", look);
      model.off("msg:custom", receive);
      model.off("change:ended", end);
      view.say("gone");
    };
  },
};
