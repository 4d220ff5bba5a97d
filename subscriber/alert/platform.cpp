#include "subscriber/alert/platform.hpp"

#include <xcb/xcb.h>

#include <QGuiApplication>
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace crier::alert {
namespace {

bool is_set(const std::optional<std::string>& variable) {
    return variable && !variable->empty();
}

std::optional<std::string> variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
template <class Reply>
using Owned = std::unique_ptr<Reply, Free>;

/// nullptr: the display is no X server.
xcb_connection_t* x_connection() {
    const auto* const x11 = qGuiApp->nativeInterface<QNativeInterface::QX11Application>();
    return x11 == nullptr ? nullptr : x11->connection();
}

class XProperties {
public:
    explicit XProperties(xcb_connection_t* connection) : connection_(connection) {}

    [[nodiscard]] xcb_window_t root() const {
        return xcb_setup_roots_iterator(xcb_get_setup(connection_)).data->root;
    }
    [[nodiscard]] xcb_atom_t atom(std::string_view name) const {
        const auto cookie =
            xcb_intern_atom(connection_, 1, static_cast<std::uint16_t>(name.size()), name.data());
        const Owned<xcb_intern_atom_reply_t> reply(
            xcb_intern_atom_reply(connection_, cookie, nullptr));
        if (!reply) return XCB_ATOM_NONE;
        return reply->atom;
    }
    /// Empty: the window or its property is not there.
    [[nodiscard]] std::vector<std::uint32_t> values(xcb_window_t window, std::string_view name,
                                                    xcb_atom_t type) const {
        constexpr std::uint32_t values_max = 4'096;
        const auto cookie =
            xcb_get_property(connection_, 0, window, atom(name), type, 0, values_max);
        xcb_generic_error_t* error = nullptr;
        const Owned<xcb_get_property_reply_t> reply(
            xcb_get_property_reply(connection_, cookie, &error));
        const Owned<xcb_generic_error_t> failure(error);
        if (!reply || reply->format != 32) return {};
        const auto* const first =
            static_cast<const std::uint32_t*>(xcb_get_property_value(reply.get()));
        return {first, first + reply->value_len};
    }

private:
    xcb_connection_t* connection_;
};

}  // namespace

DisplayVariables read_display_variables() {
    return {variable("DISPLAY"), variable("WAYLAND_DISPLAY"), variable("QT_QPA_PLATFORM")};
}

std::optional<std::string> choose_platform(const DisplayVariables& variables) {
    if (is_set(variables.qt_platform)) return variables.qt_platform;
    const bool has_x11 = is_set(variables.display);
    const bool has_wayland = is_set(variables.wayland_display);
    if (has_x11) return has_wayland ? "xcb;wayland" : "xcb";
    if (has_wayland) return "wayland";
    return std::nullopt;
}

std::string platform_name() {
    return QGuiApplication::platformName().toStdString();
}

bool is_kept_on_top() {
    xcb_connection_t* const connection = x_connection();
    if (connection == nullptr) return false;
    const XProperties properties(connection);
    // What a window manager has written stays when it dies, but for its own window.
    constexpr std::string_view check = "_NET_SUPPORTING_WM_CHECK";
    const auto said = properties.values(properties.root(), check, XCB_ATOM_WINDOW);
    if (said.size() != 1) return false;
    if (properties.values(said.front(), check, XCB_ATOM_WINDOW) != said) return false;
    const auto supported = properties.values(properties.root(), "_NET_SUPPORTED", XCB_ATOM_ATOM);
    const xcb_atom_t above = properties.atom("_NET_WM_STATE_ABOVE");
    return above != XCB_ATOM_NONE &&
           std::find(supported.begin(), supported.end(), above) != supported.end();
}

void flush_to_display() {
    if (xcb_connection_t* const connection = x_connection()) xcb_flush(connection);
}

}  // namespace crier::alert
