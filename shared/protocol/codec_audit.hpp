/// \file
/// The frames that ask for the log and its chain, and those that answer.

#pragma once

#include "shared/protocol/messages.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

void write(MapWriter& map, const ListEntries& list);
void write(MapWriter& map, const AskAuditHead& ask);
void write(MapWriter& map, const AskAuditVerify& ask);
void write(MapWriter& map, const AskScreens& ask);
[[nodiscard]] ListEntries read_list_entries(const MapReader& map);
[[nodiscard]] AskAuditHead read_ask_audit_head(const MapReader& map);
[[nodiscard]] AskAuditVerify read_ask_audit_verify(const MapReader& map);
[[nodiscard]] AskScreens read_ask_screens(const MapReader& map);

void write(MapWriter& map, const EntryPage& page);
void write(MapWriter& map, const HeadSigned& answer);
void write(MapWriter& map, const LogVerified& answer);
void write(MapWriter& map, const ScreenPage& page);
[[nodiscard]] EntryPage read_entry_page(const MapReader& map);
[[nodiscard]] HeadSigned read_head_signed(const MapReader& map);
[[nodiscard]] LogVerified read_log_verified(const MapReader& map);
[[nodiscard]] ScreenPage read_screen_page(const MapReader& map);

}  // namespace crier::protocol
