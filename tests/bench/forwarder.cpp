/// \file
/// What Crier is measured against: a bare zmq_proxy between XSUB and XPUB, and nothing else. Says
/// in a file where it listens, and forwards until it is killed.
///
///     bench_forwarder FILE IO_THREADS [curve]
///
/// The file gets: publishers' endpoint, subscribers' endpoint, and with `curve` the public key in
/// hex.

#include <zmq.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void check(int result, const char* what) {
    if (result >= 0) return;
    std::fprintf(stderr, "bench_forwarder: %s: %s\n", what, zmq_strerror(zmq_errno()));
    std::exit(1);
}

void set(void* socket, int option, int value) {
    check(zmq_setsockopt(socket, option, &value, sizeof value), "zmq_setsockopt");
}

/// A bound socket, with the room for bursts of connections that a broker of 10,000 needs.
void* bound(void* context, int kind, const char* curve_secret_key, std::string& endpoint) {
    void* socket = zmq_socket(context, kind);
    if (socket == nullptr) check(-1, "zmq_socket");
    set(socket, ZMQ_BACKLOG, 4096);
    set(socket, ZMQ_LINGER, 0);
    if (curve_secret_key != nullptr) {
        set(socket, ZMQ_CURVE_SERVER, 1);
        check(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, curve_secret_key, 40), "secret key");
    }
    check(zmq_bind(socket, "tcp://127.0.0.1:*"), "zmq_bind");
    std::array<char, 128> name{};
    std::size_t size = name.size();
    check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, name.data(), &size), "zmq_getsockopt");
    endpoint = name.data();
    return socket;
}

/// A key that zmq_curve_keypair() made, 40 characters of Z85, as 64 hex digits.
void print_hex(std::FILE* file, const char* z85) {
    std::array<std::uint8_t, 32> key{};
    if (zmq_z85_decode(key.data(), z85) == nullptr) check(-1, "zmq_z85_decode");
    for (const std::uint8_t byte : key) std::fprintf(file, "%02x", byte);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 64;
    const bool with_curve = argc > 3 && std::string_view(argv[3]) == "curve";
    std::array<char, 41> public_key{};
    std::array<char, 41> secret_key{};
    if (with_curve) check(zmq_curve_keypair(public_key.data(), secret_key.data()), "a key pair");

    void* context = zmq_ctx_new();
    check(zmq_ctx_set(context, ZMQ_IO_THREADS, std::atoi(argv[2])), "I/O threads");
    std::string in;
    std::string out;
    const char* key = with_curve ? secret_key.data() : nullptr;
    void* xsub = bound(context, ZMQ_XSUB, key, in);
    void* xpub = bound(context, ZMQ_XPUB, key, out);

    const std::string path = argv[1];
    std::FILE* file = std::fopen((path + ".new").c_str(), "w");
    if (file == nullptr) return 73;
    std::fprintf(file, "%s\n%s\n", in.c_str(), out.c_str());
    if (with_curve) print_hex(file, public_key.data());
    if (std::fclose(file) != 0 || std::rename((path + ".new").c_str(), path.c_str()) != 0)
        return 73;

    zmq_proxy(xsub, xpub, nullptr);
    return 1;
}
