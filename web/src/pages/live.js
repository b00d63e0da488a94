// Follows the record: what is new comes to the top of the table. Without this script the page shows the
// newest events as well, and reloads when asked to.
"use strict";

(() => {
  const MOST = 200;
  const live = document.getElementById("live");
  const rows = live.querySelector("tbody");
  const state = document.getElementById("state");
  const pause = document.getElementById("pause");
  let from = new URL(live.dataset.events, location.href);
  let source = null;

  const say = (text) => { state.textContent = text; };

  // Nothing that comes from outside is ever markup: it is put in as text.
  const put = (row, tag, part, path) => {
    const cell = document.createElement(tag);
    if (tag === "th") cell.scope = "row";
    const text = document.createElement("bdi");
    text.textContent = part ?? "";
    if (path) {
      const link = document.createElement("a");
      link.href = path;
      link.append(text);
      cell.append(link);
    } else {
      cell.append(text);
    }
    row.append(cell);
    return cell;
  };

  const show = (line) => {
    const row = document.createElement("tr");
    put(row, "th", line.index, line.path);
    put(row, "td", line.time).className = "when";
    put(row, "td", line.kind);
    put(row, "td", line.team?.text, line.team?.path);
    put(row, "td", line.subject?.text, line.subject?.path);
    put(row, "td", line.what).className = line.class;
    rows.prepend(row);
    while (rows.rows.length > MOST) rows.lastElementChild.remove();
  };

  const stop = (text) => {
    source?.close();
    source = null;
    pause.textContent = "Go on";
    say(text);
  };

  const follow = () => {
    pause.textContent = "Pause";
    say("Connecting…");
    source = new EventSource(from);
    source.onopen = () => say("Following: new events come to the top.");
    source.onmessage = (message) => {
      const line = JSON.parse(message.data);
      from.searchParams.set("from", line.index + 1);
      show(line);
    };
    source.addEventListener("skipped", (message) => say(`Following; ${message.data}.`));
    source.onerror = () => {
      // The browser tries again by itself, unless the answer was no.
      if (source.readyState === EventSource.CLOSED) {
        stop("The server does not let this page follow now: too many do, or the login has ended.");
      } else {
        say("The connection is lost; trying again.");
      }
    };
  };

  pause.addEventListener("click", () => (source ? stop("Paused.") : follow()));
  pause.hidden = false;
  follow();
})();
