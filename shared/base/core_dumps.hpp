/// \file
/// What a process knows stays in it: keys, invitations, private messages.

#pragma once

namespace crier {

/// From now on the process leaves no core dump, wherever the system would put it, and no other
/// process of its user may read its memory. For programs, not for libraries; the programs that it
/// starts are not concerned. First thing in main().
void keep_out_of_core_dumps() noexcept;

}  // namespace crier
