// Loads a page's script and retries when a file is lost. It is inline in the page, in syntax that every browser knows.
(function () {
  var words = /** @type {any} */ (document.currentScript).dataset;
  var source = words.src;
  var waits = [500, 1000, 2000, 4000, 8000, 15000];
  var tries = 0;
  var started = false;
  var trusted = /** @type {any} */ (window).trustedTypes;
  var policy = trusted && trusted.createPolicy("load", { createScriptURL: function (/** @type {string} */ url) { return url; } });

  function tell() {
    if (started || document.getElementById("trouble") || !document.body) return;
    var box = document.createElement("div");
    var text = document.createElement("p");
    var button = document.createElement("button");
    box.id = "trouble";
    box.setAttribute("role", "alert");
    text.textContent = words.trouble;
    button.textContent = words.retry;
    button.onclick = function () { location.reload(); };
    box.appendChild(text);
    box.appendChild(button);
    document.body.insertBefore(box, document.body.firstChild);
  }

  /** @param {() => void} what */
  function again(what) {
    tries += 1;
    if (tries > 2) tell();
    setTimeout(what, waits[Math.min(tries, waits.length) - 1]);
  }

  function load() {
    var script = document.createElement("script");
    var url = tries > 0 ? source + "?" + tries : source;
    script.onerror = function () { again(load); };
    script.src = policy ? policy.createScriptURL(url) : url;
    document.head.appendChild(script);
  }

  // Reloads a lost style.
  document.addEventListener("error", function (event) {
    var lost = /** @type {any} */ (event.target);
    if (!lost || lost.tagName !== "LINK" || lost.rel !== "stylesheet") return;
    again(function () {
      var link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = lost.href.split("?")[0] + "?" + tries;
      lost.parentNode.replaceChild(link, lost);
    });
  }, true);
  // Errors before the page has started.
  window.addEventListener("error", function () { if (!started) tell(); });
  window.addEventListener("trouble", tell);
  window.addEventListener("started", function () {
    var box = document.getElementById("trouble");
    started = true;
    if (box && box.parentNode) box.parentNode.removeChild(box);
  });
  // The page's script needs the markup behind this one, and a cached script may run before it is parsed.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", load);
  else load();
})();
