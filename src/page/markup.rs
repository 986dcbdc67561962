//! Sentences in the pages' HTML itself, for browsers whose scripts are off or fail to load. A test compares them with the translation files.

use axum::http::{HeaderMap, header};

use super::file::listed;

/// The sentences in the pages' HTML, in one language.
pub struct Markup {
    /// Language tag, as in the translation files.
    pub tag: &'static str,
    /// Shown if the browser runs no scripts.
    pub no_script: &'static str,
    /// Shown while a script or style sheet fails to load.
    pub trouble: &'static str,
    /// Label of the button below that message, which reloads the page.
    pub retry: &'static str,
    /// Heading above the mistakes in the organizer's settings file.
    pub file_check: &'static str,
}

const fn row(tag: &'static str, [no_script, trouble, retry, file_check]: [&'static str; 4]) -> Markup {
    Markup {
        tag,
        no_script,
        trouble,
        retry,
        file_check,
    }
}

/// All languages. The first one is used for browsers that request none of them.
#[rustfmt::skip]
pub const MARKUP: &[Markup] = &[
    row("en", [
        "This page needs JavaScript. Switch it on in the browser, then load the page again.",
        "The page does not come through yet. Trying again.", "Try now",
        "The check of chatterbox.toml says:",
    ]),
    row("zh", ["此页面需要 JavaScript。请在浏览器中开启后重新加载。", "页面还没有加载完成，正在重试。", "立即重试", "chatterbox.toml 的检查结果："]),
    row("es", [
        "Esta página necesita JavaScript. Actívalo en el navegador y vuelve a cargarla.",
        "La página aún no llega. Intentando de nuevo.", "Probar ahora",
        "La revisión de chatterbox.toml dice:",
    ]),
    row("de", [
        "Diese Seite braucht JavaScript. Im Browser einschalten und die Seite neu laden.",
        "Die Seite kommt noch nicht durch. Neuer Versuch.", "Jetzt versuchen",
        "Die Prüfung von chatterbox.toml sagt:",
    ]),
    row("fr", [
        "Cette page a besoin de JavaScript. Activez-le dans le navigateur, puis rechargez la page.",
        "La page n’arrive pas encore. Nouvel essai.", "Essayer maintenant",
        "La vérification de chatterbox.toml dit :",
    ]),
    row("ar", [
        "هذه الصفحة تحتاج إلى JavaScript. يجب تشغيله في المتصفح ثم إعادة تحميل الصفحة.",
        "لم تصل الصفحة بعد. تجري المحاولة من جديد.", "المحاولة الآن",
        "نتيجة فحص الملف chatterbox.toml:",
    ]),
    row("pt", [
        "Esta página precisa de JavaScript. Ative-o no navegador e carregue a página de novo.",
        "A página ainda não chegou. Tentando de novo.", "Tentar agora",
        "A verificação de chatterbox.toml diz:",
    ]),
    row("it", [
        "Questa pagina ha bisogno di JavaScript. Attivalo nel browser e ricarica la pagina.",
        "La pagina non arriva ancora. Nuovo tentativo.", "Prova ora",
        "Il controllo di chatterbox.toml dice:",
    ]),
    row("nl", [
        "Deze pagina heeft JavaScript nodig. Zet het aan in de browser en laad de pagina opnieuw.",
        "De pagina komt nog niet door. Nieuwe poging.", "Nu proberen",
        "De controle van chatterbox.toml zegt:",
    ]),
    row("pl", [
        "Ta strona potrzebuje JavaScriptu. Włącz go w przeglądarce i wczytaj stronę ponownie.",
        "Strona jeszcze nie dotarła. Kolejna próba.", "Spróbuj teraz",
        "Wynik sprawdzenia pliku chatterbox.toml:",
    ]),
    row("tr", [
        "Bu sayfa için JavaScript gerekli. Tarayıcıda açıp sayfayı yeniden yükle.",
        "Sayfa henüz gelmedi. Yeniden deneniyor.", "Şimdi dene",
        "chatterbox.toml denetiminin sonucu:",
    ]),
    row("ru", [
        "Этой странице нужен JavaScript. Включите его в браузере и загрузите страницу снова.",
        "Страница пока не загрузилась. Пробуем снова.", "Попробовать",
        "Результат проверки chatterbox.toml:",
    ]),
    row("uk", [
        "Цій сторінці потрібен JavaScript. Увімкніть його в браузері та завантажте сторінку знову.",
        "Сторінка ще не завантажилася. Пробуємо знову.", "Спробувати",
        "Результат перевірки chatterbox.toml:",
    ]),
    row("cs", [
        "Tato stránka potřebuje JavaScript. Zapni ho v prohlížeči a načti stránku znovu.",
        "Stránka ještě nedorazila. Zkoušíme to znovu.", "Zkusit teď",
        "Kontrola souboru chatterbox.toml říká:",
    ]),
    row("sv", [
        "Sidan behöver JavaScript. Slå på det i webbläsaren och ladda om sidan.",
        "Sidan kommer inte fram än. Försöker igen.", "Försök nu",
        "Kontrollen av chatterbox.toml säger:",
    ]),
    row("da", [
        "Siden kræver JavaScript. Slå det til i browseren, og indlæs siden igen.",
        "Siden kommer ikke frem endnu. Prøver igen.", "Prøv nu",
        "Kontrollen af chatterbox.toml siger:",
    ]),
    row("fi", [
        "Tämä sivu tarvitsee JavaScriptin. Ota se käyttöön selaimessa ja lataa sivu uudelleen.",
        "Sivu ei vielä latautunut. Yritetään uudelleen.", "Yritä nyt",
        "Tiedoston chatterbox.toml tarkistus kertoo:",
    ]),
    row("nb", [
        "Siden trenger JavaScript. Slå det på i nettleseren, og last siden på nytt.",
        "Siden kommer ikke fram ennå. Prøver igjen.", "Prøv nå",
        "Kontrollen av chatterbox.toml sier:",
    ]),
    row("el", [
        "Αυτή η σελίδα χρειάζεται JavaScript. Ενεργοποίησέ το στον περιηγητή και φόρτωσε ξανά τη σελίδα.",
        "Η σελίδα δεν έφτασε ακόμα. Νέα προσπάθεια.", "Δοκίμασε τώρα",
        "Ο έλεγχος του chatterbox.toml λέει:",
    ]),
    row("ro", [
        "Pagina are nevoie de JavaScript. Activează-l în browser și încarcă pagina din nou.",
        "Pagina nu a ajuns încă. Încercăm din nou.", "Încearcă acum",
        "Verificarea fișierului chatterbox.toml spune:",
    ]),
    row("hu", [
        "Az oldalhoz JavaScript kell. Kapcsold be a böngészőben, és töltsd be újra az oldalt.",
        "Az oldal még nem jött meg. Újrapróbáljuk.", "Próbáld most",
        "A chatterbox.toml ellenőrzésének eredménye:",
    ]),
    row("ja", ["このページには JavaScript が必要です。ブラウザーで有効にして、読み込み直してください。", "ページをまだ読み込めません。再試行しています。", "今すぐ試す", "chatterbox.toml の確認結果："]),
    row("ko", [
        "이 페이지에는 JavaScript가 필요해요. 브라우저에서 켠 뒤 다시 불러오세요.",
        "페이지가 아직 오지 않았어요. 다시 시도 중이에요.", "지금 시도",
        "chatterbox.toml 검사 결과:",
    ]),
    row("hi", [
        "इस पेज को JavaScript चाहिए। ब्राउज़र में उसे चालू करके पेज फिर लोड करें।",
        "पेज अभी नहीं आया। फिर कोशिश हो रही है।", "अभी कोशिश करें",
        "chatterbox.toml की जाँच का नतीजा:",
    ]),
];

/// Index in [`MARKUP`] of the language that a browser prefers most (RFC 9110, section 12.5.4).
pub fn asked(headers: &HeaderMap) -> usize {
    let row = |tag: &str| {
        let language = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let language = if matches!(language.as_str(), "no" | "nn") {
            "nb"
        } else {
            &language
        };
        MARKUP.iter().position(|one| one.tag == language)
    };
    let weighed = |range: &str| {
        let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
        Some((row(tag.trim())?, weight.trim().parse::<f32>().unwrap_or(0.0)))
    };
    let ranges = listed(headers, header::ACCEPT_LANGUAGE).filter_map(weighed);
    let best = ranges.reduce(|best, one| if one.1 > best.1 { one } else { best });
    best.map_or(0, |(row, _)| row)
}

/// Writing direction of a language: `ltr` or `rtl`.
pub fn direction(tag: &str) -> &'static str {
    if tag == "ar" { "rtl" } else { "ltr" }
}

/// Escapes a text for HTML, between tags or in double quotes.
pub fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn each_catalogue_has_a_row_in_the_same_order() {
        let guests = super::super::locales::CATALOGUES.iter().step_by(2);
        let tags: Vec<_> = guests
            .map(|(name, ..)| name["locales/".len()..].trim_end_matches(".js"))
            .collect();
        assert_eq!(MARKUP.iter().map(|one| one.tag).collect::<Vec<_>>(), tags);
        for one in MARKUP {
            let all = [one.no_script, one.trouble, one.retry, one.file_check];
            assert!(
                all.iter()
                    .all(|text| !text.is_empty() && !text.contains(['<', '"', '{'])),
                "{}",
                one.tag
            );
            assert!(
                one.no_script.contains("JavaScript") && one.file_check.contains("chatterbox.toml"),
                "{}",
                one.tag
            );
        }
    }

    #[test]
    fn the_language_that_a_browser_wants_most_is_taken() {
        let cases = [
            ("", "en"),
            ("xx, *", "en"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("xx, en;q=0.5, pt-BR;q=0.7", "pt"),
            ("nn-NO", "nb"),
            ("ja;q=x, ko;q=0.1", "ko"),
        ];
        for (header, tag) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(header).unwrap());
            assert_eq!(MARKUP[asked(&headers)].tag, tag, "{header}");
        }
    }
}
