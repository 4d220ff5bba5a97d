#include "broker/core/owner.hpp"

#include <string>

#include "broker/core/stays.hpp"

namespace crier::broker {

Owner owner_of(const Session& session) {
    const std::string& person = person_of(session);
    if (person.empty()) return {};
    Owner owner;
    owner.person = blake2b({reinterpret_cast<const std::uint8_t*>(person.data()), person.size()});
    owner.is_account = session.system_user_verified && session.attributes.system_user == person;
    return owner;
}

bool may_go_on(const Owner& before, const Owner& now) {
    const Bytes32 nobody{};
    if (before.person == nobody || before.person == now.person) return true;
    return before.is_account && now.person == nobody;
}

}  // namespace crier::broker
