#include "subscriber/screens/phrases.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace crier::screens {
namespace {

struct Wording {
    Phrase phrase;
    std::string_view english;
    std::string_view french;
};

constexpr std::array<Wording, static_cast<std::size_t>(Phrase::count)> wordings{{
    {Phrase::info, "INFO", "INFO"},
    {Phrase::warning, "WARNING", "AVERTISSEMENT"},
    {Phrase::critical, "CRITICAL", "CRITIQUE"},
    {Phrase::changed, "changed", "modifié"},
    {Phrase::reminder, "reminder", "rappel"},
    {Phrase::still_unacknowledged, "still not acknowledged", "toujours pas confirmé"},
    {Phrase::still_unanswered, "still not answered", "toujours sans réponse"},
    {Phrase::from, "from %1, %2", "de %1, %2"},
    {Phrase::to_all, "to all", "à tous"},
    {Phrase::to_you, "to you", "à vous"},
    {Phrase::to_session, "to session %1", "à la session %1"},
    {Phrase::expires_in, "expires in %1 (%2)", "expire dans %1 (%2)"},
    {Phrase::expires_at, "expires at %1", "expire à %1"},
    {Phrase::late, "late: was due %1", "en retard : prévu pour %1"},
    {Phrase::maybe_shown_before, "may have been shown before", "peut-être déjà affiché"},
    {Phrase::press_enter, "[%1] Press Enter or a to acknowledge",
     "[%1] Appuyez sur Entrée ou a pour confirmer la lecture"},
    {Phrase::press_number, "[%1] Press %1 to acknowledge",
     "[%1] Appuyez sur %1 pour confirmer la lecture"},
    {Phrase::press_enter_in_turn, "[%1] Acknowledge those before it first, with Enter",
     "[%1] Confirmez d'abord les précédents, avec Entrée"},
    {Phrase::cannot_acknowledge, "Cannot be acknowledged here: there is no keyboard",
     "Confirmation impossible ici : il n'y a pas de clavier"},
    {Phrase::press_choice, "Press 1-%1 to answer", "Appuyez sur 1-%1 pour répondre"},
    {Phrase::press_other_choice,
     "Your answer: %1. Press 1-%2 to change it, until the question closes",
     "Votre réponse : %1. Appuyez sur 1-%2 pour la changer, avant la clôture de la question"},
    {Phrase::answer_in_turn, "Answer the question before it first, or press n for the next one",
     "Répondez d'abord à la question précédente, ou appuyez sur n pour la suivante"},
    {Phrase::cannot_answer, "Cannot be answered here: there is no keyboard",
     "Réponse impossible ici : il n'y a pas de clavier"},
    {Phrase::time_left, "%1 left: %2", "Encore %1 : %2"},
    {Phrase::question_open, "1-%2: answer \"%1\"", "1-%2 : répondre à « %1 »"},
    {Phrase::question_answered, "1-%2: change the answer to \"%1\"",
     "1-%2 : changer la réponse à « %1 »"},
    {Phrase::next_question, "n: next question", "n : question suivante"},
    {Phrase::show_again, "r: show again", "r : revoir"},
    {Phrase::one_alert_open, "1 alert open. Enter: acknowledge [%1]; r: show again",
     "1 alerte en attente. Entrée : confirmer [%1] ; r : revoir"},
    {Phrase::alerts_open, "%2 alerts open. Enter: acknowledge [%1]; 1-9: that one; r: show again",
     "%2 alertes en attente. Entrée : confirmer [%1] ; 1-9 : celle-là ; r : revoir"},
    {Phrase::alerts_open_in_turn, "%2 alerts open. Enter: acknowledge [%1]; r: show again",
     "%2 alertes en attente. Entrée : confirmer [%1] ; r : revoir"},
    {Phrase::acknowledged, "Acknowledged: %1", "Lecture confirmée : %1"},
    {Phrase::acknowledged_offline,
     "Acknowledged: %1 (the sender will know when the connection is back)",
     "Lecture confirmée : %1 (l'expéditeur le saura au retour de la connexion)"},
    {Phrase::acknowledging_failed, "Not acknowledged, try again: %1",
     "Lecture non confirmée, réessayez : %1"},
    {Phrase::answered, "Your answer to \"%1\": %2", "Votre réponse à « %1 » : %2"},
    {Phrase::answered_offline,
     "Your answer to \"%1\": %2 (the sender will know when the connection is back)",
     "Votre réponse à « %1 » : %2 (l'expéditeur la saura au retour de la connexion)"},
    {Phrase::change_by_digit, "Another digit changes it, until the question closes",
     "Un autre chiffre la change, avant la clôture de la question"},
    {Phrase::change_by_turn, "n and then a digit change it, until the question closes",
     "n puis un chiffre la changent, avant la clôture de la question"},
    {Phrase::answering_failed, "Not answered, try again: %1",
     "Réponse non enregistrée, réessayez : %1"},
    {Phrase::was_expired, "Expired: %1", "Expiré : %1"},
    {Phrase::was_recalled, "Withdrawn by the sender: %1", "Retiré par l'expéditeur : %1"},
    {Phrase::was_acknowledged, "Acknowledged in another of your sessions: %1",
     "Lecture confirmée dans une autre de vos sessions : %1"},
    {Phrase::was_closed, "The question is closed: %1", "La question est close : %1"},
    {Phrase::was_closed_answered, "The question is closed: %1. Your answer: %2",
     "La question est close : %1. Votre réponse : %2"},
    {Phrase::digest, "%1 messages, newest first", "%1 messages, le plus récent en premier"},
    {Phrase::digest_line, "%1, %2: %3", "%1, %2 : %3"},
    {Phrase::and_more, "and %1 more", "et %1 autres"},
    {Phrase::message_title, "Message", "Message"},
    {Phrase::titled, "%1: %2", "%1 : %2"},
    {Phrase::acknowledge_button, "I have read this", "J'ai lu ce message"},
    {Phrase::hide_button, "Hide", "Masquer"},
    {Phrase::your_answer, "Your answer: %1. You can change it until the question closes.",
     "Votre réponse : %1. Vous pouvez la changer jusqu'à la clôture de la question."},
    {Phrase::messages_title, "Messages", "Messages"},
    {Phrase::count_messages, "%1 messages", "%1 messages"},
    {Phrase::connected, "Connected. This is session %1", "Connecté. Ceci est la session %1"},
    {Phrase::connected_again, "Connected again", "De nouveau connecté"},
    {Phrase::listening, "Listening", "À l'écoute"},
    {Phrase::no_connection_yet, "Not connected yet, trying again: %1",
     "Pas encore connecté, nouveaux essais : %1"},
    {Phrase::connection_lost, "Connection lost, trying again: %1",
     "Connexion perdue, nouveaux essais : %1"},
    {Phrase::admission_closed, "NO NEW SESSIONS FOR NOW", "PAS DE NOUVELLE SESSION POUR L'INSTANT"},
    {Phrase::trying_again, "This session is not let in yet. It goes on trying by itself",
     "Cette session n'est pas encore admise. Elle réessaie d'elle-même"},
    {Phrase::problem, "Problem: %1", "Problème : %1"},
    {Phrase::ended_replaced, "Ended: a newer connection with the same key took over",
     "Terminé : une connexion plus récente avec la même clé a pris le relais"},
    {Phrase::ended_refused, "Ended: %1", "Terminé : %1"},
    {Phrase::ended_dismissed, "Ended by the broker: %1", "Terminé par le serveur : %1"},
    {Phrase::ended_dropped, "Ended by an operator: %1",
     "Un opérateur a mis fin à cette session : %1"},
    {Phrase::seconds, "%1 s", "%1 s"},
    {Phrase::minutes, "%1 min", "%1 min"},
    {Phrase::hours, "%1 h", "%1 h"},
    {Phrase::hours_minutes, "%1 h %2 min", "%1 h %2 min"},
    {Phrase::days, "%1 days", "%1 jours"},
}};

/// Of what the broker's side alone can be the cause; anything else is told as it comes.
struct FrenchCause {
    ErrorCode code;
    std::string_view words;
};

constexpr std::array<FrenchCause, 10> french_causes{{
    {ErrorCode::broker_unreachable, "le serveur ne répond pas"},
    {ErrorCode::timed_out, "le serveur n'a pas répondu à temps"},
    {ErrorCode::host_unknown, "le nom du serveur est inconnu"},
    {ErrorCode::stopping, "le serveur s'arrête"},
    {ErrorCode::rate_exceeded, "trop de messages à la fois"},
    {ErrorCode::journal_damaged, "le serveur ne peut plus rien enregistrer"},
    {ErrorCode::not_admitted, "le serveur ne laisse pas entrer cette session"},
    {ErrorCode::not_authorized, "cette session n'y est pas autorisée"},
    {ErrorCode::server_key_wrong, "ce serveur n'a pas la clé de l'invitation"},
    {ErrorCode::version_unsupported, "le serveur parle une autre version"},
}};

/// Each phrase stands at its own place, so that a look-up is an index.
consteval bool is_in_order() {
    for (std::size_t index = 0; index < wordings.size(); ++index) {
        if (static_cast<std::size_t>(wordings[index].phrase) != index) return false;
        if (wordings[index].english.empty() || wordings[index].french.empty()) return false;
    }
    return true;
}
static_assert(is_in_order());

std::tm local_parts(UtcTime time) {
    const auto seconds = static_cast<std::time_t>(
        std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
    std::tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
}

std::string formatted(const std::tm& parts, const char* form) {
    std::array<char, 64> text{};
    return std::string(text.data(), std::strftime(text.data(), text.size(), form, &parts));
}

}  // namespace

Language language_of(std::string_view locale) noexcept {
    if (!locale.starts_with("fr")) return Language::english;
    constexpr std::string_view ends_of_language = "_-.@";
    const bool is_french =
        locale.size() == 2 || ends_of_language.find(locale[2]) != std::string_view::npos;
    return is_french ? Language::french : Language::english;
}

std::string say(Language language, Phrase phrase, std::initializer_list<std::string_view> parts) {
    const Wording& wording = wordings[static_cast<std::size_t>(phrase)];
    const std::string_view form = language == Language::french ? wording.french : wording.english;
    std::string text;
    for (std::size_t at = 0; at < form.size(); ++at) {
        if (form[at] != '%') {
            text += form[at];
            continue;
        }
        at += 1;
        const auto part = static_cast<std::size_t>(form[at] - '1');
        if (part < parts.size()) text += *(parts.begin() + part);
    }
    return text;
}

std::string say_cause(Language language, const Error& error) {
    if (language == Language::french) {
        for (const FrenchCause& cause : french_causes) {
            if (cause.code != error.code) continue;
            return to_string(Error{error.code, std::string(cause.words)});
        }
        return to_string(error);
    }
    // The agent tries again by itself; the person need not.
    constexpr std::string_view advice = "; try again";
    std::string why = error.detail;
    if (why.ends_with(advice)) why.resize(why.size() - advice.size());
    return why;
}

std::string say_duration(Language language, Milliseconds duration) {
    using std::chrono::round;
    duration = std::max(duration, Milliseconds::zero());
    const auto text = [](auto amount) { return std::to_string(amount.count()); };

    const auto seconds = round<std::chrono::seconds>(duration);
    if (seconds < std::chrono::minutes(1)) return say(language, Phrase::seconds, {text(seconds)});
    const auto minutes = round<std::chrono::minutes>(duration);
    if (minutes < std::chrono::hours(1)) return say(language, Phrase::minutes, {text(minutes)});
    const auto hours = std::chrono::floor<std::chrono::hours>(minutes);
    const auto rest = minutes - hours;
    if (minutes >= std::chrono::hours(48)) {
        using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;
        return say(language, Phrase::days, {text(round<Days>(duration))});
    }
    if (rest == std::chrono::minutes::zero()) return say(language, Phrase::hours, {text(hours)});
    return say(language, Phrase::hours_minutes, {text(hours), text(rest)});
}

std::string local_time(UtcTime time, UtcTime now) {
    const std::tm then = local_parts(time);
    const std::tm today = local_parts(now);
    const bool is_today = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
    return formatted(then, is_today ? "%H:%M" : "%Y-%m-%d %H:%M");
}

std::string local_date_and_time(UtcTime time) {
    return formatted(local_parts(time), "%Y-%m-%d %H:%M:%S");
}

}  // namespace crier::screens
