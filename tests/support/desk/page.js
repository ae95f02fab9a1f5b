"use strict";
// Asks for the list every two seconds and swaps it in where something changed. What a reader opened or
// closed stays as it was.
const list = document.getElementById("list");
const touched = new Map();

list.addEventListener("click", (event) => {
  const summary = event.target.closest("summary");
  if (summary) touched.set(summary.parentElement.id, !summary.parentElement.open);
});

function restore() {
  for (const [id, open] of touched) {
    const ticket = document.getElementById(id);
    if (ticket) ticket.open = open;
  }
}

async function refresh() {
  if (document.hidden) return;
  const url = new URL(location.href);
  url.searchParams.set("since", list.dataset.version);
  try {
    const reply = await fetch(url, { cache: "no-store" });
    if (reply.status !== 200) return;
    const next = new DOMParser().parseFromString(await reply.text(), "text/html");
    const focused = document.activeElement?.closest?.("details")?.id;
    list.replaceChildren(...next.getElementById("list").childNodes);
    list.dataset.version = next.getElementById("list").dataset.version;
    document.querySelector("nav.systems").replaceWith(next.querySelector("nav.systems"));
    restore();
    if (focused) document.getElementById(focused)?.querySelector("summary")?.focus({ preventScroll: true });
    document.getElementById("lost").hidden = true;
  } catch {
    document.getElementById("lost").hidden = false;
  }
}

setInterval(refresh, 2000);
