// Whose tickets count, and what is read of them. Method: tokens that the test signs with libjwt,
// and forgeries that it puts together itself. The keys were made for these tests.

#include "broker/security/ticket_issuers.hpp"

#include <gtest/gtest.h>
#include <jwt.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <tuple>

#include "shared/base/json.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::testing {
namespace {

using namespace broker;

const std::string es_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdRkM6wTt7GUsH7ErDCRBstJeBmfC\n"
    "vmBig13TtOPWN8wuVP5BZPWq9DQey0mJAbmucgXk4w4zjJ98H4NPiBUfEQ==\n"
    "-----END PUBLIC KEY-----\n";
const std::string es_secret =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/Mg+66dBbZa5jvIT\n"
    "mrMjKyRBrhC0+IS1oQtfDkfUqpyhRANCAAR1GQzrBO3sZSwfsSsMJEGy0l4GZ8K+\n"
    "YGKDXdO049Y3zC5U/kFk9ar0NB7LSYkBua5yBeTjDjOMn3wfg0+IFR8R\n"
    "-----END PRIVATE KEY-----\n";
const std::string rs_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtrAJftd6DD34wXCW7giQ\n"
    "EJHHVza/bMlbKE/q6gmZWCODHwd2j0i8PyLQe7AA+fi5SA7c8bhZ2I9KeeAzSKVv\n"
    "6o/rTWnWdpkSFQZLDH0MMhMkmvmqf0XqpfxQAn21W5tfWWyfkhxbhwJV5gDQw+Kz\n"
    "Hx1HH3h6oPNnDZvMppUxsNU/tYZHU8I84ld199adi7EOUw2f0RAueGsLqwg1QDno\n"
    "VLFGH7hBstZE1C95hGZoJFxKjM4Jn5PVxtJo9IqWRhntTNK9jOROVVQqdmJcEwlF\n"
    "u/W00JfU72jSm6MDli65Rwgl5HaJrdsDUrO9UzHGO2Z89rmExMpvoFNGFbkoTW7v\n"
    "IwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
const std::string rs_secret =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC2sAl+13oMPfjB\n"
    "cJbuCJAQkcdXNr9syVsoT+rqCZlYI4MfB3aPSLw/ItB7sAD5+LlIDtzxuFnYj0p5\n"
    "4DNIpW/qj+tNadZ2mRIVBksMfQwyEySa+ap/Reql/FACfbVbm19ZbJ+SHFuHAlXm\n"
    "ANDD4rMfHUcfeHqg82cNm8ymlTGw1T+1hkdTwjziV3X31p2LsQ5TDZ/REC54awur\n"
    "CDVAOehUsUYfuEGy1kTUL3mEZmgkXEqMzgmfk9XG0mj0ipZGGe1M0r2M5E5VVCp2\n"
    "YlwTCUW79bTQl9TvaNKbowOWLrlHCCXkdomt2wNSs71TMcY7Znz2uYTEym+gU0YV\n"
    "uShNbu8jAgMBAAECggEAQTeu7B04cM5e04/CEc/0vjWMmFHvHIL1i/qbvlkW6SQk\n"
    "Vxtu88/fhBqFmuJGNvbYDiVgMtrBGFJvH/st061bur0OH2C9MzGKBv9sI1Uw2V+E\n"
    "Hd8rQqxPDFp6pakC6WUaMO5aOOrusc/fonCAFq4DjAQDs/RqsrKyA2WvNXjleF7O\n"
    "FBgXrgeaW/sKE32B0/4809Ivk6BUfdq5exB2yChwz8RCzXJzYkGNVusQIlejPlUC\n"
    "/6wO8JVDAcLEJKZ2Biebiu4XeWHa/8iq3ToJZjj/EEeyimRaujNCZkzCuFxdaHzF\n"
    "mshbXIh36DvMngKTQzlGJQzh4s2Ac1T0RSMmpjomQQKBgQDf0+EI5pNijG/I1xTn\n"
    "yvOeBgbowf1vtYksEfstJ0GkGu0opjQ6RY8/6dG3q91TFVfcjXvnVFnX3X4oyaJL\n"
    "dbRbXuyzqmMeVFYCPTzsR6DThx4XO851zJUPujjYIlmghmFKIr2sR8OeYNuCC5Yw\n"
    "u9A9F59sbJnicCtozaVy819D6QKBgQDQ8ldWyDqI4zeTDudhQ4/0XuT59ehVH/En\n"
    "4h9ZrLIjqOzsN3/n3L6kW5cPYz1CKX6HPn0V8bfq1tbr65cSsk9nnxkW+istzCsT\n"
    "+0q+AWRGKWN3vh2oKDuSoYW7hmZucPhJwEGd7Nr9S0QnkHJiW4QdUB86RKz+GdGO\n"
    "03wkPsjvKwKBgEzjaw10r7KNzaSvheXuSOvC5EK2yQnD0cBK2P702k62VTu+hHh0\n"
    "BraM6tbuehQdY9ZG4AZiao6F7t2yDkdfwroUjLlXUb9Md1NDmBcOsAeaBdMzX0QG\n"
    "KDqD3R0aB7HmF6uw7XkuGdvhJ+avdkN9cRZbdA956w7nO3JAGpK3WcVpAoGBALa+\n"
    "HRDzUe6C+woNEOSKWI7bp9vN7IL2ys2dANpHJg32IjB+YcmB0OKikD2PB/ajn9vd\n"
    "FT1qCPbFK3duttRNSxFPnnvwFG+bj1mMgFQpl2+dpzcE+Z8mgOO/jNzzsQaKmzy1\n"
    "fy4GB4lcmKEZvlCzxZp1hrpJchtSrWsDICH7H3W9AoGATLoH7tRk026T/lzCCzPF\n"
    "aZbdNX+4OL8obvbKg+ZjovrFYWZ5lXw/LtJBLqheXyARXP4W1oFCUQt7ysRL4oMg\n"
    "hq1NATeDiFX7zQtxhIbHkbJcgslg21YNMnbotGhaAJvBcHOqIN5fXzsuAl9axFQc\n"
    "8zXQBL4bxlwFNpRzQCY/etU=\n"
    "-----END PRIVATE KEY-----\n";
const std::string p384_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEeM+Xub2WS1e93W0gmM0icvqNxau6PAnL\n"
    "rRh1EeufUHMbv0svMou++sTNY5REXo8M6eYwG55VZOAsPg98l5hnef5Sih+WGRxX\n"
    "JiLTj+bT1xMzA2NsaiS39BkNsWGh3LQ/\n"
    "-----END PUBLIC KEY-----\n";
const std::string rsa_1024_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCoVsrrTut2SwcuZUxAY3yzYgXr\n"
    "+mKbNUe2ybCp3p1gnY0iMKKMxAXpIFFllD1btCxIwvSi9cnzv6ixfOhO+jP80LQf\n"
    "Nz52GQsXPllFYrsnTscAljpN/ttOC5YAqpTXQpb98NZ5PEJPz59dMjWmleYjDWuC\n"
    "sq852o5XS0ghNiSfyQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
const std::string ed25519_public =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAguGjwX75AC59wBcVvoLY64LHjKlguMj5hH697O2aoCQ=\n"
    "-----END PUBLIC KEY-----\n";
const std::string shared_secret = "0123456789abcdef0123456789abcdef";

const std::string session = "00112233445566778899aabbccddeeff";

/// The claims of a good ticket, each as JSON writes it.
std::map<std::string, std::string> claims_of(const std::string& issuer) {
    return {{"iss", "\"" + issuer + "\""}, {"aud", "\"crier\""},
            {"sub", "\"vanessa\""},        {"iat", "1700000000"},
            {"exp", "1700000600"},         {"cnf", "{\"kid\":\"" + session + "\"}"}};
}

std::string json_of(const std::map<std::string, std::string>& members) {
    std::string text;
    for (const auto& [name, value] : members) {
        text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
    }
    return text + "}";
}

std::string part(std::string_view text) {
    return to_base64url({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// Signed by libjwt, whatever the claims are.
std::string signed_token(jwt_alg_t algorithm, const std::string& key,
                         const std::map<std::string, std::string>& claims) {
    jwt_t* made = nullptr;
    EXPECT_EQ(jwt_new(&made), 0);
    const std::unique_ptr<jwt_t, decltype(&jwt_free)> held(made, &jwt_free);
    EXPECT_EQ(jwt_add_grants_json(made, json_of(claims).c_str()), 0);
    EXPECT_EQ(jwt_set_alg(made, algorithm, reinterpret_cast<const unsigned char*>(key.data()),
                          static_cast<int>(key.size())),
              0);
    char* text = jwt_encode_str(made);
    EXPECT_NE(text, nullptr);
    std::string token = text;
    free(text);
    return token;
}

class TicketIssuersTest : public ::testing::Test {
protected:
    std::string refusal(const std::string& token) const {
        const auto ticket = issuers.read(token);
        if (ticket) return "";
        EXPECT_EQ(ticket.error().code, ErrorCode::ticket_invalid);
        return ticket.error().detail;
    }
    /// Of a ticket of "shop" with this claim changed; empty: taken away.
    std::string refusal_with(const std::string& claim, const std::string& value) const {
        auto claims = claims_of("shop");
        claims.erase(claim);
        if (!value.empty()) claims[claim] = value;
        return refusal(signed_token(JWT_ALG_ES256, es_secret, claims));
    }

    TicketIssuers issuers{{{"shop", "crier", TicketAlgorithm::es256, es_public},
                           {"bank", "crier", TicketAlgorithm::rs256, rs_public},
                           {"till", "crier", TicketAlgorithm::hs256, shared_secret}}};
};

TEST_F(TicketIssuersTest, ReadWhatAnIssuerSaysOfItsUser) {
    auto claims = claims_of("shop");
    claims["jti"] = "\"42\"";
    claims["groups"] = R"(["sales","Lyon"])";
    claims["application"] = "\"till\"";
    claims["machine"] = "\"desk 3\"";
    const auto ticket = issuers.read(signed_token(JWT_ALG_ES256, es_secret, claims));
    ASSERT_TRUE(ticket) << ticket.error().detail;
    EXPECT_EQ(ticket->id, "42");
    EXPECT_EQ(ticket->user, "vanessa");
    EXPECT_EQ(to_string(ticket->session), session);
    EXPECT_EQ(ticket->issued, utc_from_ms(1'700'000'000'000));
    EXPECT_EQ(ticket->expires, utc_from_ms(1'700'000'600'000));
    EXPECT_EQ(ticket->groups, (std::vector<std::string>{"sales", "Lyon"}));
    EXPECT_EQ(ticket->application, "till");
    EXPECT_EQ(ticket->machine, "desk 3");
}

TEST_F(TicketIssuersTest, TakeEachItsOwnAlgorithm) {
    EXPECT_EQ(refusal(signed_token(JWT_ALG_ES256, es_secret, claims_of("shop"))), "");
    EXPECT_EQ(refusal(signed_token(JWT_ALG_RS256, rs_secret, claims_of("bank"))), "");
    EXPECT_EQ(refusal(signed_token(JWT_ALG_HS256, shared_secret, claims_of("till"))), "");
    EXPECT_EQ(refusal(signed_token(JWT_ALG_HS384, shared_secret, claims_of("till"))),
              "the ticket must be signed with HS256");
    EXPECT_EQ(refusal(signed_token(JWT_ALG_RS256, rs_secret, claims_of("shop"))),
              "the ticket must be signed with ES256");
}

TEST_F(TicketIssuersTest, TakeNoPublicKeyForASecret) {
    for (const auto& [name, key] : {std::pair{"shop", es_public}, std::pair{"bank", rs_public}}) {
        const std::string forged = signed_token(JWT_ALG_HS256, key, claims_of(name));
        EXPECT_NE(refusal(forged).find("must be signed with"), std::string::npos) << name;
    }
}

TEST_F(TicketIssuersTest, TakeNothingUnsigned) {
    const std::string unsigned_part =
        part(R"({"alg":"none"})") + "." + part(json_of(claims_of("shop"))) + ".";
    EXPECT_EQ(refusal(unsigned_part), "the ticket must be signed with ES256");
    const std::string said = part(R"({"alg":"ES256"})") + "." + part(json_of(claims_of("shop")));
    EXPECT_EQ(refusal(said + "."), "the ticket has a wrong signature");
    EXPECT_EQ(refusal(said + "." + part("x")), "the ticket has a wrong signature");
}

TEST_F(TicketIssuersTest, SayOfWhatLibjwtDoesNotReadThatItIsNotTheSignature) {
    const auto refusal_of = [this](const std::string& header, const std::string& claims) {
        return refusal(part(header) + "." + part(claims) + "." + part("x"));
    };
    const std::string claims = json_of(claims_of("shop"));
    EXPECT_EQ(refusal_of(R"({"alg":"ES256","typ":"at+jwt"})", claims),
              "the ticket must have the typ JWT, or none");
    EXPECT_EQ(refusal_of(R"({"alg":"ES256","typ":7})", claims),
              "the ticket must have the typ JWT, or none");
    EXPECT_EQ(refusal_of(R"({"alg":"ES256","typ":"jwt"})", claims),
              "the ticket has a wrong signature");
    auto with_nul = claims_of("shop");
    with_nul["sub"] = R"("vane\u0000ssa")";
    EXPECT_EQ(refusal_of(R"({"alg":"ES256"})", json_of(with_nul)),
              "the ticket does not do: a text in it has a NUL");
    with_nul = claims_of("shop");
    with_nul["groups"] = R"([["a\u0000"]])";
    EXPECT_EQ(refusal_of(R"({"alg":"ES256"})", json_of(with_nul)),
              "the ticket does not do: a text in it has a NUL");
}

TEST_F(TicketIssuersTest, TakeNoTicketThatWasChanged) {
    const std::string good = signed_token(JWT_ALG_ES256, es_secret, claims_of("shop"));
    auto claims = claims_of("shop");
    claims["sub"] = "\"root\"";
    const std::size_t first = good.find('.');
    const std::size_t second = good.find('.', first + 1);
    const std::string changed =
        good.substr(0, first + 1) + part(json_of(claims)) + good.substr(second);
    EXPECT_EQ(refusal(changed), "the ticket has a wrong signature");
}

TEST_F(TicketIssuersTest, TakeNoTicketOfAnothersKey) {
    EXPECT_EQ(
        refusal(signed_token(JWT_ALG_HS256, "another secret of 32 bytes at th", claims_of("till"))),
        "the ticket has a wrong signature");
    EXPECT_EQ(refusal(signed_token(JWT_ALG_ES256, es_secret, claims_of("stranger"))),
              "the ticket is of no issuer that is known here (iss)");
    EXPECT_EQ(refusal_with("iss", ""), "the ticket is of no issuer that is known here (iss)");
    EXPECT_EQ(refusal_with("iss", "7"), "the ticket is of no issuer that is known here (iss)");
}

TEST_F(TicketIssuersTest, TakeNoTicketThatIsMeantForOthers) {
    for (const char* other : {"", "\"shop\"", "[]", R"(["shop"])", "7", R"({"a":"crier"})"}) {
        EXPECT_EQ(refusal_with("aud", other), "the ticket is not meant for this broker (aud)")
            << other;
    }
    EXPECT_EQ(refusal_with("aud", R"(["shop","crier"])"), "");
}

TEST_F(TicketIssuersTest, TakeNoTicketThatLacksAClaimOrBreaksItsRules) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"sub", ""},
        {"sub", "\"\""},
        {"sub", "7"},
        {"sub", R"("a\nb")"},
        {"sub", "\"" + std::string(257, 'x') + "\""},
        {"iat", ""},
        {"iat", "\"1700000000\""},
        {"iat", "-1"},
        {"exp", ""},
        {"exp", "1700000600.5"},
        {"exp", "99999999999999999"},
        {"cnf", ""},
        {"cnf", "\"" + session + "\""},
        {"cnf", R"({"kid":"00"})"},
        {"cnf", R"({"jkt":"x"})"},
        {"jti", "7"},
        {"groups", "\"sales\""},
        {"groups", "[7]"},
        {"groups", R"([""])"},
        {"machine", "[]"},
        {"nbf", "1700000000"},
    };
    for (const auto& [claim, value] : bad) {
        EXPECT_NE(refusal_with(claim, value).find("the ticket does not do: " + claim),
                  std::string::npos)
            << claim << " = " << value << ": " << refusal_with(claim, value);
    }
}

TEST_F(TicketIssuersTest, TakeNothingThatIsNoJwt) {
    const std::string good = signed_token(JWT_ALG_ES256, es_secret, claims_of("shop"));
    const std::string head = part(R"({"alg":"ES256"})");
    for (const std::string& token :
         {std::string(), std::string("."), std::string(".."), std::string("a.b"), good + ".",
          good + ".x", std::string("ä.ö.ü"), head + "." + part("[]") + ".x",
          head + "." + part(R"({"iss":"shop","iss":"bank"})") + ".x", std::string(5'000, 'a')}) {
        EXPECT_NE(refusal(token), "") << token;
    }
    const std::string long_name = "\"" + std::string(63, 'a') + "é\"";
    for (const std::string& claims :
         {std::string("{\"iss\":\"\xff\xfe"), "{\"iss\":\"" + std::string(2'900, 'A'),
          std::string(R"({"a\u0000\u001b[31m":1,"a\u0000\u001b[31m":2})"),
          "{" + long_name + ":1," + long_name + ":2}"}) {
        EXPECT_EQ(refusal(head + "." + part(claims) + ".x"),
                  "the ticket is no JWT: a part is no JSON, or has a name twice")
            << claims;
    }
    const std::string critical = part(R"({"alg":"ES256","crit":["b64"],"b64":false})");
    EXPECT_EQ(refusal(critical + good.substr(good.find('.'))),
              "the ticket asks for what is not known here (crit)");
}

// ---- Files --------------------------------------------------------------------------------------

std::string file_of(const std::string& algorithm, const std::string& key_line) {
    return "issuer = \"shop\"\naudience = \"crier\"\nalgorithm = \"" + algorithm + "\"\n" +
           key_line;
}

std::string key_line(const std::string& pem) {
    return "public_key = \"\"\"\n" + pem + "\"\"\"\n";
}

const std::string es_line = key_line(es_public);
const std::string hs_line = "secret = \"" + part(shared_secret) + "\"\n";

TEST(TicketIssuerFile, SaysWhoseTicketsCount) {
    const auto issuer = parse_issuer(file_of("ES256", es_line), "shop.toml");
    ASSERT_TRUE(issuer) << issuer.error().detail;
    EXPECT_EQ(issuer->name, "shop");
    EXPECT_EQ(issuer->audience, "crier");
    EXPECT_EQ(issuer->key, es_public);
    EXPECT_EQ(parse_issuer(file_of("HS256", hs_line), "x")->key, shared_secret);
}

TEST(TicketIssuerFile, IsRefusedWithTheReason) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {file_of("none", es_line), "shop.toml: algorithm must be ES256, RS256 or HS256"},
        {file_of("ES256", hs_line), "shop.toml: ES256 needs public_key, and no secret"},
        {file_of("ES256", es_line + hs_line), "shop.toml: ES256 needs public_key, and no secret"},
        {file_of("HS256", es_line), "shop.toml: HS256 needs secret, and no public_key"},
        {file_of("HS256", "secret = \"c2hvcnQ\"\n"),
         "shop.toml: secret must be base64url of 32 bytes at least"},
        {file_of("ES256", key_line(es_secret)),
         "shop.toml: public_key must begin with -----BEGIN PUBLIC KEY-----: openssl pkey -in "
         "KEY.pem -pubout prints it"},
        {"issuer = \"shop\"\n", "shop.toml: audience is missing"},
        {"issuer = 7\n", "shop.toml:1: issuer must be a text"},
        {file_of("ES256", es_line) + "colour = \"red\"\n", "is not known here"},
    };
    for (const auto& [text, why] : bad) {
        const auto issuer = parse_issuer(text, "shop.toml");
        ASSERT_FALSE(issuer) << why;
        EXPECT_EQ(issuer.error().code, ErrorCode::configuration_invalid);
        EXPECT_NE(issuer.error().detail.find(why), std::string::npos) << issuer.error().detail;
    }
}

/// Or every ticket of the issuer would have "a wrong signature", and nobody would know why.
TEST(TicketIssuerFile, IsRefusedWhenNoTicketCouldBeCheckedWithItsKey) {
    std::string torn = es_public;
    torn.erase(torn.find("MFkw"), 8);
    const std::string no_curve = "public_key must be of the curve P-256 (prime256v1), for ES256";
    const std::string no_rsa = "public_key must be of RSA, of 2048 bits at least, for RS256";
    const std::string damaged = "public_key cannot be read: it is damaged";
    const std::vector<std::tuple<std::string, std::string, std::string>> bad{
        {"ES256", torn, damaged},
        {"ES256", "-----BEGIN PUBLIC KEY-----\n", damaged},
        {"RS256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", damaged},
        {"ES256", rs_public, no_curve},
        {"ES256", p384_public, no_curve},
        {"ES256", ed25519_public, no_curve},
        {"RS256", es_public, no_rsa},
        {"RS256", rsa_1024_public, no_rsa},
        {"RS256", ed25519_public, no_rsa},
    };
    for (const auto& [algorithm, pem, why] : bad) {
        const auto issuer = parse_issuer(file_of(algorithm, key_line(pem)), "shop.toml");
        ASSERT_FALSE(issuer) << pem;
        EXPECT_EQ(issuer.error().code, ErrorCode::configuration_invalid);
        EXPECT_EQ(issuer.error().detail.find("shop.toml: " + why), 0u) << issuer.error().detail;
    }
    EXPECT_TRUE(parse_issuer(file_of("RS256", key_line(rs_public)), "bank.toml"));
}

TEST(TicketIssuerFile, IsRefusedWhenOthersCanReadItsSecret) {
    TemporaryDirectory directory;
    const std::string file = (directory.path() / "till.toml").string();
    std::ofstream(file) << file_of("HS256", hs_line);
    chmod(file.c_str(), 0640);
    const auto refused = TicketIssuers::load({file});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("chmod 600 " + file), std::string::npos);
    chmod(file.c_str(), 0600);
    EXPECT_TRUE(TicketIssuers::load({file}));
    EXPECT_FALSE(TicketIssuers::load({file, file}));
    EXPECT_FALSE(TicketIssuers::load({file + ".x"}));
}

}  // namespace
}  // namespace crier::testing
