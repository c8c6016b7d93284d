/* Makes a page of the book ready for paper; `address` is where it lives, to which what moves is linked. */
async (address) => {
  const article = document.querySelector("article"), make = (tag, name, text = "") =>
    Object.assign(document.createElement(tag), { className: name, textContent: text });
  document.querySelectorAll("img").forEach((image) => { image.loading = "eager"; });
  document.querySelectorAll(".only-dark").forEach((image) => image.remove());
  await Promise.allSettled(Array.from(document.images, (image) => image.decode()));

  /* A part of a picture, on white, as the kind of picture that a PDF keeps small. */
  function cut(image, left, top, width, height, most) {
    const scale = Math.min(1, most / width), canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = scale < 1;
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, left, top, width, height, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.88);
  }

  function link(widget) {
    const line = make("p", "still", "It moves in the book: ");
    const anchor = make("a", "", address.replace(/^\//, ""));
    anchor.href = address.startsWith("http") ? address : location.href;
    line.append(anchor);
    widget.append(line);
  }

  /* A row of frames for each clip of a player: a sheet of all frames lies in one picture, square as it can be. */
  document.querySelectorAll(".vt-player").forEach((player) => {
    const frames = +player.querySelector("input").max + 1, columns = Math.ceil(Math.sqrt(frames));
    const rows = Math.ceil(frames / columns), many = Math.min(frames, 6);
    player.querySelectorAll("figure").forEach((figure) => {
      const frame = figure.querySelector(".vt-frame"), sheet = frame.querySelector("img"), row = make("div", "strip");
      const width = sheet.naturalWidth / columns, height = sheet.naturalHeight / rows;
      for (let i = 0; i < many; i += 1) {
        const now = Math.round(i * (frames - 1) / Math.max(many - 1, 1)), copy = new Image();
        copy.alt = sheet.alt;
        copy.src = cut(sheet, (now % columns) * width, Math.floor(now / columns) * height, width, height, 400);
        row.append(copy);
      }
      figure.style = "";
      frame.replaceWith(row);
    });
    player.querySelector(".vt-controls").remove();
    link(player);
  });
  document.querySelectorAll("img.only-light").forEach((image) => {
    image.src = cut(image, 0, 0, image.naturalWidth, image.naturalHeight, 1320);
  });
  document.querySelectorAll(".vt-explore").forEach((widget) => {
    const values = Array.from(widget.querySelectorAll("label"), (label) =>
      `${label.querySelector("span").textContent} ${label.querySelector("output").textContent}`);
    widget.querySelectorAll("label").forEach((label) => label.remove());
    widget.prepend(make("p", "still", `Here with ${values.join(", ")}.`));
    link(widget);
  });

  /* Set-up code opens where it is; replies, hints and solutions wait at the end, as in a printed book. */
  const back = make("section", "unfolded");
  let heading = null, question = 0, name = null;
  article.querySelectorAll("h2, h3, details").forEach((element) => {
    if (element.tagName !== "DETAILS") { heading = element; return; }
    if (element.closest(".cell_input") || element.matches(".hide")) { element.open = true; return; }
    const place = heading ? heading.textContent.replace(/#$/, "").trim() : "";
    const head = element.querySelector("summary").textContent.trim();
    if (element.name && element.name !== name) { name = element.name; question += 1; }
    const title = element.name ? `${place}, question ${name.slice(1)}: ${head}` : `${place}: ${head}`;
    const note = make("div", "note");
    note.append(make("p", "note-title", title), ...Array.from(element.childNodes).filter((node) => node.tagName !== "SUMMARY"));
    back.append(note);
    element.replaceWith(make("p", element.name ? "choice" : "later", element.name ? head : `${head}: at the end of this chapter.`));
  });
  if (back.childElementCount) {
    back.prepend(make("h2", "", "Replies, hints and solutions"));
    article.append(back);
  }
  await Promise.allSettled(Array.from(document.images, (image) => image.decode()));
}
