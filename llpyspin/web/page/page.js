// The page: one WebSocket with the newest pictures and the newest status.
// Each message is acknowledged once it is shown. Only then does the server send the next one of its kind.

import { hideControl, showControl } from "./control.js";
import { Tile, count, duration, synchronisation } from "./tiles.js";

const HEADER_BYTES = 16; // version, camera, flags (2), length of the JPEG (4), number of the frame (8)
const RETRY_MS = [1000, 2000, 5000, 10000];
const SENT_AWAY = 1008;
const CROWDED = 1013;

const tiles = new Map();
const held = new Set(); // acknowledgements of a page that nobody sees just now
let names = []; // of the cameras, by the number in a picture's header
let socket = null;
let retries = 0;

const at = (id) => document.getElementById(id);

function say(id, text) {
  at(id).textContent = text;
}

function trouble(text) {
  at("trouble").hidden = !text;
  say("trouble", text);
}

// A picture may be shown only after its connection was lost: the next connection knows nothing of it.
function acknowledge(what, from) {
  if (from !== socket || socket.readyState !== WebSocket.OPEN) return;
  if (document.hidden) {
    held.add(what);
  } else {
    socket.send(what);
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  const all = [...held];
  held.clear();
  all.forEach((what) => acknowledge(what, socket));
});

function showStatus(status) {
  const state = at("state");
  state.textContent = status.state;
  state.className = `state ${status.state}`;
  say("time", status.seconds ? duration(status.seconds) : "–");
  say("triggers", status.triggers ? count(status.triggers) : "–");
  say("sync", synchronisation(status.sync ?? null));
  say("folder", status.folder || "–");
  names = status.pictures ?? [];
  for (const camera of status.cameras) {
    if (!tiles.has(camera.name)) tiles.set(camera.name, new Tile(camera.name, at("tiles")));
    tiles.get(camera.name).tell(camera);
  }
  showEvents(status.events ?? []);
  showControl(status);
}

function showEvents(events) {
  at("log").hidden = events.length === 0;
  at("events").replaceChildren(
    ...events.map(({ seconds, camera, text }) => {
      const line = document.createElement("li");
      const when = seconds === null ? "" : seconds < 0 ? "before the trigger: " : `${duration(seconds)}: `;
      line.textContent = `${when}${camera ? `${camera}: ` : ""}${text}`;
      return line;
    }),
  );
}

function* picturesIn(data) {
  const view = new DataView(data);
  let start = 0;
  while (start < data.byteLength) {
    const length = view.getUint32(start + 4, true);
    yield [names[view.getUint8(start + 1)], new Uint8Array(data, start + HEADER_BYTES, length)];
    start += HEADER_BYTES + length;
  }
}

async function showPictures(data, from) {
  const shown = [...picturesIn(data)].map(([name, jpeg]) => tiles.get(name)?.show(jpeg));
  for (const result of await Promise.allSettled(shown)) {
    if (result.status === "rejected") console.warn("a picture cannot be shown", result.reason);
  }
  acknowledge("p", from);
}

function receive(event) {
  if (typeof event.data === "string") {
    showStatus(JSON.parse(event.data));
    acknowledge("s", event.target);
  } else {
    showPictures(event.data, event.target);
  }
}

function lose(event) {
  held.clear();
  at("state").className = "state off";
  say("state", "no connection");
  hideControl();
  if (event.code === SENT_AWAY) {
    trouble(`The server sent this page away: ${event.reason}. Load it again.`);
    return;
  }
  const why = event.code === CROWDED ? event.reason : "llpyspin does not answer";
  const wait = RETRY_MS[Math.min(retries, RETRY_MS.length - 1)];
  retries += 1;
  trouble(`No connection: ${why}. If llpyspin was started again, open its new URL.`);
  setTimeout(connect, wait);
}

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", (event) => {
    if (retries || !at("trouble").hidden) {
      retries = 0;
      trouble("");
    }
    receive(event);
  });
  socket.addEventListener("close", lose);
}

setInterval(() => tiles.forEach((tile) => tile.lookAtAge()), 1000);
connect();
