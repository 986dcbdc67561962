//! Phrases of the organizer's card in each language; see `printed`.

/// The phrases of the organizer's card in one language.
pub struct Words {
    pub code: &'static str,
    pub title: &'static str,
    /// How to open the organizer's page; contains the placeholder `{page}`.
    pub open: &'static str,
    pub keep: &'static str,
    /// What to do if the card is lost; contains the placeholder `{command}`.
    pub lost: &'static str,
}

/// The phrases of a language; in English if the language is missing.
pub fn words(language: &str) -> &'static Words {
    let found = WORDS.iter().find(|words| words.code == language);
    found.unwrap_or(&WORDS[0])
}

/// Phrases by language, English first.
const WORDS: &[Words] = &[
    Words {
        code: "en",
        title: "Organizer",
        open: "Or open {page} and type this code, of digits and the letters a to f:",
        keep: "Cut this off and show it to nobody else: it is for running the evening.",
        lost: "Lost? {command} makes a new code.",
    },
    Words {
        code: "zh",
        title: "主办方",
        open: "或打开 {page}，输入这个口令（只有数字和字母 a 到 f）：",
        keep: "请剪下来，不要给别人看：凭它可以主持这场活动。",
        lost: "丢了？{command} 会生成新的口令。",
    },
    Words {
        code: "es",
        title: "Organización",
        open: "O abre {page} y escribe este código, de cifras y letras de la a a la f:",
        keep: "Recórtalo y no se lo enseñes a nadie más: sirve para dirigir el evento.",
        lost: "¿Se ha perdido? {command} crea otro código.",
    },
    Words {
        code: "de",
        title: "Leitung",
        open: "Oder {page} öffnen und diesen Code eintippen, aus Ziffern und den Buchstaben a bis f:",
        keep: "Abschneiden und niemandem sonst zeigen: Damit wird der Abend geleitet.",
        lost: "Verloren? {command} macht einen neuen Code.",
    },
    Words {
        code: "fr",
        title: "Organisation",
        open: "Ou ouvre {page} et tape ce code, fait de chiffres et de lettres de a à f :",
        keep: "Découpe cette partie et ne la montre à personne d’autre : elle sert à diriger la soirée.",
        lost: "Perdu ? {command} crée un nouveau code.",
    },
    Words {
        code: "ar",
        title: "التنظيم",
        open: "أو فتح {page} وكتابة هذا الرمز، وفيه أرقام والحروف من a إلى f فقط:",
        keep: "يُقصّ هذا الجزء ولا يُعرض على أحد آخر: به تُدار الأمسية.",
        lost: "ضاع الرمز؟ {command} ينشئ رمزًا جديدًا.",
    },
    Words {
        code: "pt",
        title: "Organização",
        open: "Ou abra {page} e digite este código, de algarismos e letras de a a f:",
        keep: "Recorte e não mostre a mais ninguém: serve para conduzir o evento.",
        lost: "Perdeu? {command} cria outro código.",
    },
    Words {
        code: "it",
        title: "Organizzazione",
        open: "Oppure apri {page} e scrivi questo codice, di cifre e lettere dalla a alla f:",
        keep: "Ritaglia questa parte e non mostrarla a nessun altro: serve a condurre la serata.",
        lost: "Perso? {command} crea un nuovo codice.",
    },
    Words {
        code: "nl",
        title: "Organisatie",
        open: "Of open {page} en typ deze code, met cijfers en de letters a tot en met f:",
        keep: "Knip dit af en laat het verder niemand zien: hiermee leid je de avond.",
        lost: "Kwijt? {command} maakt een nieuwe code.",
    },
    Words {
        code: "pl",
        title: "Organizatorzy",
        open: "Albo otwórz {page} i wpisz ten kod, z cyfr i liter od a do f:",
        keep: "Odetnij i nie pokazuj nikomu innemu: to służy do prowadzenia wieczoru.",
        lost: "Zgubiony? {command} tworzy nowy kod.",
    },
    Words {
        code: "tr",
        title: "Organizatör",
        open: "Ya da {page} adresini aç ve rakamlardan ve a’dan f’ye harflerden oluşan bu kodu yaz:",
        keep: "Bunu kes ve başka kimseye gösterme: akşamı yönetmek içindir.",
        lost: "Kayboldu mu? {command} yeni bir kod oluşturur.",
    },
    Words {
        code: "ru",
        title: "Организаторы",
        open: "Или открой {page} и введи этот код из цифр и букв от a до f:",
        keep: "Отрежь эту часть и никому больше не показывай: с её помощью ведут вечер.",
        lost: "Код потерян? {command} создаёт новый.",
    },
    Words {
        code: "uk",
        title: "Організатори",
        open: "Або відкрий {page} і введи цей код із цифр і літер від a до f:",
        keep: "Відріж цю частину й більше нікому не показуй: з нею ведуть вечір.",
        lost: "Код загублено? {command} створює новий.",
    },
    Words {
        code: "cs",
        title: "Pořadatelé",
        open: "Nebo otevři {page} a napiš tento kód z číslic a písmen a až f:",
        keep: "Odstřihni a nikomu dalšímu neukazuj: slouží k řízení večera.",
        lost: "Ztracený? {command} vytvoří nový kód.",
    },
    Words {
        code: "sv",
        title: "Arrangör",
        open: "Eller öppna {page} och skriv den här koden, med siffror och bokstäverna a till f:",
        keep: "Klipp av och visa den inte för någon annan: med den leds kvällen.",
        lost: "Borta? {command} gör en ny kod.",
    },
    Words {
        code: "da",
        title: "Arrangør",
        open: "Eller åbn {page} og skriv denne kode, med cifre og bogstaverne a til f:",
        keep: "Klip den af, og vis den ikke til andre: med den styres aftenen.",
        lost: "Væk? {command} laver en ny kode.",
    },
    Words {
        code: "fi",
        title: "Järjestäjä",
        open: "Tai avaa {page} ja kirjoita tämä koodi, jossa on numeroita ja kirjaimia a–f:",
        keep: "Leikkaa irti äläkä näytä muille: tällä ohjataan iltaa.",
        lost: "Kadonnut? {command} tekee uuden koodin.",
    },
    Words {
        code: "nb",
        title: "Arrangør",
        open: "Eller åpne {page} og skriv denne koden, med sifre og bokstavene a til f:",
        keep: "Klipp den av og ikke vis den til andre: med den styres kvelden.",
        lost: "Borte? {command} lager en ny kode.",
    },
    Words {
        code: "el",
        title: "Διοργάνωση",
        open: "Ή άνοιξε το {page} και γράψε αυτόν τον κωδικό, με ψηφία και τα γράμματα a έως f:",
        keep: "Κόψε το και μην το δείξεις σε κανέναν άλλο: με αυτό διευθύνεται η βραδιά.",
        lost: "Χάθηκε; Το {command} φτιάχνει νέο κωδικό.",
    },
    Words {
        code: "ro",
        title: "Organizare",
        open: "Sau deschide {page} și scrie acest cod, din cifre și litere de la a la f:",
        keep: "Taie partea aceasta și nu o arăta altcuiva: cu ea se conduce seara.",
        lost: "Pierdut? {command} face un cod nou.",
    },
    Words {
        code: "hu",
        title: "Szervező",
        open: "Vagy nyisd meg: {page}, és írd be ezt a kódot, amely számjegyekből és az a–f betűkből áll:",
        keep: "Vágd le, és ne mutasd meg másnak: ezzel lehet vezetni az estét.",
        lost: "Elveszett? A {command} új kódot készít.",
    },
    Words {
        code: "ja",
        title: "主催者",
        open: "または {page} を開き、このコードを入力してください（数字と a から f の文字だけです）：",
        keep: "切り取って、ほかの人には見せないでください。会の進行に使います。",
        lost: "なくしたときは {command} で新しいコードを作れます。",
    },
    Words {
        code: "ko",
        title: "주최자",
        open: "또는 {page} 주소를 열고 이 코드를 입력하세요(숫자와 a부터 f까지의 글자):",
        keep: "잘라서 다른 사람에게 보여 주지 마세요. 행사를 진행하는 데 씁니다.",
        lost: "잃어버렸나요? {command} 명령이 새 코드를 만듭니다.",
    },
    Words {
        code: "hi",
        title: "आयोजक",
        open: "या {page} खोलें और यह कोड लिखें, जिसमें अंक और a से f तक के अक्षर हैं:",
        keep: "इसे काट लें और किसी और को न दिखाएँ: इससे शाम चलाई जाती है।",
        lost: "खो गया? {command} नया कोड बनाता है।",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appliance::settings::LANGUAGES;

    #[test]
    fn each_language_of_a_box_has_its_words_with_their_places() {
        for &language in LANGUAGES {
            let words = words(language);
            assert_eq!(words.code, language);
            assert_eq!(words.open.matches("{page}").count(), 1, "{language}");
            assert_eq!(words.lost.matches("{command}").count(), 1, "{language}");
        }
        assert_eq!(words("xx").code, "en");
    }
}
