//! Words for those who run the evening, in the languages of the pages: no guest may have one as a name. Nothing grows.

use std::{collections::BTreeSet, sync::LazyLock};

use super::names;

/// Names of the roles as the pages show them, and what else people call an organizer or a moderator.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "Organizer", "Organiser", "Organizers", "Organisers", "Organization", "Organisation", "Helper", "Helpers", "Moderator",
    "Moderators", "Moderation", "Mod", "Host", "Hosts", "Admin", "Admins", "Administrator", "Staff", "Team", "Crew", "Bot", "Robot",
    "System", "Server", "Support",
    // German
    "Leitung", "Leiter", "Leiterin", "Organisator", "Organisatorin", "Veranstalter", "Veranstalterin", "Moderatorin", "Gastgeber",
    "Gastgeberin", "Administratorin", "Helferin", "Helfer",
    // Spanish, Portuguese, Italian, French, Romanian
    "Organización", "Organizador", "Organizadora", "Organizadores", "Ayudante", "Moderador", "Moderadora", "Moderación", "Anfitrión",
    "Anfitriona", "Administrador", "Administradora", "Organização", "Ajudante", "Moderação", "Anfitrião", "Anfitriã",
    "Organizzazione", "Organizzatore", "Organizzatrice", "Moderatore", "Moderatrice", "Amministratore", "Organisateur",
    "Organisatrice", "Aide", "Modérateur", "Modératrice", "Modération", "Hôte", "Administrateur", "Administratrice", "Organizare",
    "Organizatoare", "Ajutor", "Moderatoare", "Gazdă",
    // Dutch, Danish, Norwegian, Swedish, Finnish
    "Organisatie", "Beheerder", "Gastheer", "Gastvrouw", "Arrangør", "Hjælper", "Hjelper", "Vært", "Vert", "Arrangör", "Hjälpare",
    "Värd", "Värdinna", "Järjestäjä", "Avustaja", "Moderaattori", "Isäntä", "Emäntä", "Ylläpitäjä", "Ylläpito", "Botti",
    // Polish, Czech, Hungarian, Turkish, Greek
    "Organizatorzy", "Organizator", "Organizatorka", "Pomoc", "Moderatorka", "Gospodarz", "Pořadatelé", "Pořadatel", "Pořadatelka",
    "Organizátor", "Organizátorka", "Moderátor", "Moderátorka", "Hostitel", "Hostitelka", "Správce", "Szervező", "Szervezők",
    "Segítő", "Házigazda", "Rendszergazda", "Organizatör", "Yardımcı", "Moderatör", "Düzenleyen", "Yönetici", "Διοργάνωση",
    "Διοργανωτής", "Διοργανώτρια", "Βοηθός", "Συντονιστής", "Συντονίστρια", "Οικοδεσπότης", "Διαχειριστής", "Μποτ",
    // Russian, Ukrainian
    "Организаторы", "Организатор", "Помощь", "Помощник", "Модератор", "Ведущий", "Ведущая", "Админ", "Администратор", "Бот",
    "Організатори", "Організатор", "Організаторка", "Допомога", "Помічник", "Модераторка", "Ведуча", "Адмін", "Адміністратор",
    // Arabic, Hindi, Chinese, Japanese, Korean
    "التنظيم", "المنظم", "المنظمة", "المساعدة", "المشرف", "المشرفة", "المضيف", "روبوت", "आयोजक", "मददगार", "मॉडरेटर", "मेज़बान", "एडमिन",
    "बॉट", "主办方", "主办", "主持人", "管理员", "组织者", "助手", "机器人", "主催者", "主催", "司会", "スタッフ", "モデレーター", "管理者",
    "ボット", "주최자", "주최", "진행자", "도우미", "운영자", "관리자", "봇",
];

static LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| WORDS.iter().map(|word| letters(word)).collect());

/// The letters of a name as they look, see [`names::looks`]: without numbers, signs and pictures.
fn letters(name: &str) -> String {
    names::looks(name).chars().filter(|char| char.is_alphabetic()).collect()
}

/// Whether a name looks like a word for those who run the evening, whatever signs or numbers stand around it.
pub fn is_role(name: &str) -> bool {
    let unnumbered = name.trim_end_matches(|char: char| !char.is_alphabetic());
    [name, unnumbered].iter().any(|name| LOOKS.contains(&letters(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_in_disguise_and_people_are_not_roles() {
        for name in [
            "Organizer",
            "organizer 2",
            "Organizer 1",
            "★ Organizer ★",
            "0rganizer ✔",
            "Leitung",
            "LEITUNG!",
            "Организатор",
            "主办方",
            "H0st",
            "「スタッフ」",
            "Ad-min",
            "Οrganisatie",
        ] {
            assert!(is_role(name), "{name}");
        }
        for name in [
            "Ann",
            "Anna 2",
            "🤖",
            "★",
            "Leia",
            "Tim",
            "Orga",
            "Guest 00b0",
            "小明",
            "12",
        ] {
            assert!(!is_role(name), "{name}");
        }
    }
}
