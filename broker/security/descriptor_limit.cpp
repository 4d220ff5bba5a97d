#include "broker/security/descriptor_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace crier::broker {

std::uint64_t DescriptorLimit::connections_max() const {
    return has - std::min(descriptors_reserved, has / 2);
}

DescriptorLimit raise_descriptor_limit(std::uint64_t connections) noexcept {
    DescriptorLimit limit;
    limit.wanted = connections + descriptors_reserved;
    rlimit current{};
    if (getrlimit(RLIMIT_NOFILE, &current) != 0) return limit;
    limit.had = current.rlim_cur;
    limit.has = current.rlim_cur;
    if (limit.has >= limit.wanted) return limit;

    // Root may raise the hard limit as well; for others the hard limit is the end.
    const rlimit both{limit.wanted, std::max<rlim_t>(limit.wanted, current.rlim_max)};
    const rlimit soft{std::min<rlim_t>(limit.wanted, current.rlim_max), current.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &both) == 0) {
        limit.has = both.rlim_cur;
    } else if (setrlimit(RLIMIT_NOFILE, &soft) == 0) {
        limit.has = soft.rlim_cur;
    }
    return limit;
}

}  // namespace crier::broker
