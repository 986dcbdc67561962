// Loads a page's script and retries when a file is lost. It is inline in the page, in syntax that every browser knows.
(function () {
  var source = /** @type {any} */ (document.currentScript).getAttribute("data-src");
  var waits = [500, 1000, 2000, 4000, 8000, 15000];
  var tries = 0;
  var started = false;
  /** @type {Record<string, string[]>} */
  var words = {
    en: ["The page does not come through yet. Trying again.", "Try now"],
    de: ["Die Seite kommt noch nicht durch. Neuer Versuch.", "Jetzt versuchen"],
    fr: ["La page n’arrive pas encore. Nouvel essai.", "Essayer maintenant"],
    es: ["La página aún no llega. Intentando de nuevo.", "Probar ahora"],
    zh: ["页面还没有加载完成，正在重试。", "立即重试"],
    ar: ["لم تصل الصفحة بعد. تجري المحاولة من جديد.", "المحاولة الآن"],
    pt: ["A página ainda não chegou. Tentando de novo.", "Tentar agora"],
    it: ["La pagina non arriva ancora. Nuovo tentativo.", "Prova ora"],
    nl: ["De pagina komt nog niet door. Nieuwe poging.", "Nu proberen"],
    pl: ["Strona jeszcze nie dotarła. Kolejna próba.", "Spróbuj teraz"],
    tr: ["Sayfa henüz gelmedi. Yeniden deneniyor.", "Şimdi dene"],
    ru: ["Страница пока не загрузилась. Пробуем снова.", "Попробовать"],
    uk: ["Сторінка ще не завантажилася. Пробуємо знову.", "Спробувати"],
    cs: ["Stránka ještě nedorazila. Zkoušíme to znovu.", "Zkusit teď"],
    sv: ["Sidan kommer inte fram än. Försöker igen.", "Försök nu"],
    da: ["Siden kommer ikke frem endnu. Prøver igen.", "Prøv nu"],
    fi: ["Sivu ei vielä latautunut. Yritetään uudelleen.", "Yritä nyt"],
    nb: ["Siden kommer ikke fram ennå. Prøver igjen.", "Prøv nå"],
    el: ["Η σελίδα δεν έφτασε ακόμα. Νέα προσπάθεια.", "Δοκίμασε τώρα"],
    ro: ["Pagina nu a ajuns încă. Încercăm din nou.", "Încearcă acum"],
    hu: ["Az oldal még nem jött meg. Újrapróbáljuk.", "Próbáld most"],
    ja: ["ページをまだ読み込めません。再試行しています。", "今すぐ試す"],
    ko: ["페이지가 아직 오지 않았어요. 다시 시도 중이에요.", "지금 시도"],
    hi: ["पेज अभी नहीं आया। फिर कोशिश हो रही है।", "अभी कोशिश करें"]
  };
  var trusted = /** @type {any} */ (window).trustedTypes;
  var policy = trusted && trusted.createPolicy("load", { createScriptURL: function (/** @type {string} */ url) { return url; } });

  function tell() {
    if (started || document.getElementById("trouble") || !document.body) return;
    var language = (navigator.language || "en").split("-")[0].toLowerCase();
    if (language === "no" || language === "nn") language = "nb";
    var said = words[language] || words.en;
    var box = document.createElement("div");
    var text = document.createElement("p");
    var button = document.createElement("button");
    box.id = "trouble";
    box.setAttribute("role", "alert");
    box.lang = words[language] ? language : "en";
    box.dir = language === "ar" ? "rtl" : "ltr";
    text.textContent = said[0];
    button.textContent = said[1];
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
