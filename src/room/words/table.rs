//! Test data for the word list: a hundred evasions in six languages, and harmless texts that look similar.

use super::{
    letters::{self, Signs},
    matcher::*,
};
use crate::limits::{WORD_CHARS, WORD_LIST};

const LIST: [&str; 34] = [
    "idiot",
    "stupid",
    "arse",
    "ass",
    "hell",
    "bastard",
    "loser",
    "damn*",
    "idiota",
    "tonto",
    "mierda",
    "imbécil",
    "coño",
    "cabrón",
    "Idiot",
    "Arschloch",
    "Scheiße",
    "Trottel",
    "blöd",
    "con",
    "merde",
    "crétin",
    "salaud",
    "bâtard",
    "笨蛋",
    "傻瓜",
    "白痴",
    "混蛋",
    "他妈的",
    "+他妈的确",
    "غبي",
    "حمار",
    "كلب",
    "أحمق",
];

#[rustfmt::skip]
const EVASIONS: [&str; 100] = [
    // English
    "IDIOT", "you idiot!", "1diot", "id1ot", "!diot", "i d i o t", "i.d.i.o.t", "i-d-i-o-t", "i_d_i_o_t", "iiidiot", "idiooot", "ＩＤＩＯＴ", "ⓘⓓⓘⓞⓣ",
    "𝐢𝐝𝐢𝐨𝐭", "ıdıot", "idіоt", "i\u{200b}diot", "i\u{ad}di\u{200d}ot", "íd̈iôt", "id*ot", "i**ot", "stup1d", "5tupid", "$tupid", "stuuupid", "s t u p i d", "sтupid", "ɪᴅɪᴏᴛ",
    "st.upid", "a55", "a$$", "@ss", "a s s", "asssss", "h3ll", "he11", "h e l l", "b@stard", "ba$tard", "ba5t4rd", "l0ser", "l.o.s.e.r", "lοser", "damned", "d4mn", "🇮🇩🇮🇴🇹",
    "idiot123", "4ass",
    // Spanish
    "IDIOTA", "1d10ta", "t0nt0", "tontooo", "t o n t o", "m1erda", "mi€rda", "MIÉRDA", "imbecil", "1mbecil", "i.m.b.é.c.i.l", "cono", "c0ño", "cabron", "k4bron", "c@brón",
    // German
    "arschloch", "4rschl0ch", "ARSCHLOCH", "a r s c h l o c h", "arsch-loch", "scheisse", "SCHEISSE", "sche1ße", "scheiiiße", "Tr0ttel", "trotttel", "bloed", "blod", "bl0ed",
    // French
    "c o n", "m3rde", "merrrde", "MERDE", "m*rde", "cretin", "cr3tin", "bâtaaard", "b4t4rd", "s@laud",
    // Chinese
    "你是笨蛋吗", "笨 蛋", "笨*蛋", "笨\u{200b}蛋", "傻.瓜", "白-痴", "白癡", "混蛋！",
    // Arabic
    "غَبِيّ", "غـــبي", "غ ب ي", "احمق",
];

const HARMLESS: [&str; 64] = [
    "class",
    "pass the glass",
    "assess",
    "as small as it gets",
    "Scunthorpe",
    "Essex",
    "he'll come",
    "she’ll sing",
    "shell",
    "hello",
    "Othello",
    "arsenal",
    "parse it",
    "sparse",
    "closer",
    "glosers",
    "stupidity",
    "idiotic",
    "condo",
    "beacon",
    "falcon-tent",
    "pushed-arsenal",
    "the as s-bahn",
    "a sad song",
    "455 people",
    "room 455",
    "4 5 5",
    "3 hellos",
    "Klasse",
    "Massage",
    "Assel",
    "Trottelbus",
    "blöde Frage",
    "Bloody Mary",
    "Marscholoch",
    "harsch und lochig",
    "Konzert",
    "Consommé",
    "contento",
    "concierto",
    "icono",
    "conocer",
    "tontos no",
    "atonto",
    "remordimiento",
    "cabra",
    "concert",
    "façon",
    "balcon",
    "merci",
    "emmerder",
    "salade",
    "batardeau",
    "他妈的确很好",
    "笨鸟先飞",
    "傻笑",
    "白色",
    "混合",
    "蛋糕",
    "غبية جدا",
    "كلبنا",
    "حماران",
    "مكتب",
    "e = mc2, 100% sure!",
];

#[test]
fn evasions_are_found() {
    let words = Words::new(LIST).unwrap();
    let missed: Vec<_> = EVASIONS.iter().filter(|text| words.find(text).is_none()).collect();
    println!(
        "{} of {} evasions are found; not: {missed:?}",
        EVASIONS.len() - missed.len(),
        EVASIONS.len()
    );
    // Another spelling of the same sound (k for c), and the traditional form of a character, are other letters.
    assert_eq!(missed, [&"k4bron", &"白癡"]);
}

#[test]
fn harmless_look_alikes_are_not() {
    let words = Words::new(LIST).unwrap();
    let hits: Vec<_> = HARMLESS
        .iter()
        .filter_map(|text| Some((text, words.find(text)?)))
        .collect();
    assert!(hits.is_empty(), "{hits:?}");
}

#[test]
fn an_exception_covers_only_itself() {
    let words = Words::new(LIST).unwrap();
    assert_eq!(words.find("他妈的确他妈的"), Some("他妈的"));
}

#[test]
fn of_several_the_first_of_the_list_is_told_as_it_is_listed() {
    let words = Words::new(["Blöd", "idiot"]).unwrap();
    assert_eq!(words.find("idiot, BLOED"), Some("Blöd"));
    assert_eq!(words.find("nothing of that"), None);
    assert_eq!(Words::new([]).unwrap().find("anything"), None);
}

#[test]
fn stars_open_a_word() {
    let words = Words::new(["*bahn", "fest*", "*all*"]).unwrap();
    assert_eq!(words.find("die Autobahn"), Some("*bahn"));
    assert_eq!(words.find("Bahnhof"), None);
    assert_eq!(words.find("festlich"), Some("fest*"));
    assert_eq!(words.find("ein Manifest"), None);
    assert_eq!(words.find("taller"), Some("*all*"));
}

#[test]
fn phrases_have_their_spaces() {
    let words = Words::new(["ice cream"]).unwrap();
    assert_eq!(words.find("ICE  CREAM!"), Some("ice cream"));
    assert_eq!(words.find("icecream"), Some("ice cream"));
    assert_eq!(words.find("nice cream"), None);
}

#[test]
fn a_list_is_bounded() {
    let long = "x".repeat(WORD_CHARS + 1);
    assert_eq!(
        Words::new([long.as_str()]).unwrap_err(),
        BadWord::TooLong(long[1..].to_owned())
    );
    assert_eq!(Words::new(["…"]).unwrap_err(), BadWord::NoLetters("…".to_owned()));
    let many: Vec<_> = (0..=WORD_LIST).map(|_| "word").collect();
    assert_eq!(Words::new(many).unwrap_err(), BadWord::TooMany);
}

#[test]
fn one_character_counts_as_few_letters() {
    for (char, letters) in [('ﷺ', 4), ('㍿', 4), ('ﬃ', 3), ('a', 1)] {
        let text = char.to_string().repeat(100);
        let folded = letters::Folded::new(&text).letters(Signs::Apart);
        let count: u32 = folded.iter().map(|letter| letter.count).sum();
        assert!(count <= 100 * letters, "{char}: {count}");
    }
}

#[test]
fn any_text_is_read() {
    let words = Words::new(LIST).unwrap();
    for text in [
        "",
        " ",
        "***",
        "a***",
        "\u{200b}",
        "👍🏽",
        "ﷺ",
        "\u{1f1e6}",
        "i*\u{301}*t",
        &"i*".repeat(9000),
        &"s ".repeat(9000),
    ] {
        words.find(text);
    }
}
