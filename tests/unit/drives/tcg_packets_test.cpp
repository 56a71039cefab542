// The bytes of a revert by PSID, against tables written by hand from the Core Specification's layout (3.2.3)
// and the values of Linux block/sed-opal.c; and answers as drives give them, whole and damaged.

#include "drives/tcg_packets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "drives/ata_commands.h"
#include "drives/nvme_commands.h"
#include "drives/scsi_commands.h"

namespace regain {
namespace {

Bytes from_text(const std::string& text) {
    std::string digits;
    for (const char each : text)
        if (each != ' ') digits += each;
    Bytes bytes;
    EXPECT_TRUE(from_hex(digits, bytes)) << text;
    return bytes;
}

Bytes whole_block(const std::string& text) {
    Bytes bytes = from_text(text);
    bytes.resize(512, 0);
    return bytes;
}

const std::string psid = "VUTSRQPONMLKJIHGFEDCBA9876543210";

TEST(TcgPackets, start_a_session_as_the_psid_authority) {
    EXPECT_EQ(tcg_start_psid_session(0x07FE, 1, psid),
              whole_block("00000000 07fe0000 00000000 00000000 0000007c"            // ComPacket: 124 bytes
                          "00000000 00000000 00000000 0000 0000 00000000 00000064"  // Packet: 100
                          "000000000000 0000 00000057"                              // Subpacket: 87
                          "f8 a800000000000000ff a8000000000000ff02 f0"             // StartSession
                          "01 a80000020500000001 01"                                // 1, Admin SP, write
                          "f2 00 d020 56555453525150 4f4e4d4c4b4a49484746454443424139383736353433323130 f3"
                          "f2 03 a8000000090001ff01 f3"
                          "f1 f9 f0 000000 f1"));
}

TEST(TcgPackets, revert_the_admin_sp_within_the_session) {
    EXPECT_EQ(tcg_revert_admin_sp({0x07FE, 4097, 1}),
              whole_block("00000000 07fe0000 00000000 00000000 00000040"
                          "00001001 00000001 00000000 0000 0000 00000000 00000028"
                          "000000000000 0000 0000001b"
                          "f8 a80000020500000001 a80000000600000202 f0 f1 f9 f0 000000 f1"));
}

TEST(TcgPackets, end_a_session_with_one_token) {
    EXPECT_EQ(tcg_end_session({0x07FE, 4097, 1}),
              whole_block("00000000 07fe0000 00000000 00000000 00000028"
                          "00001001 00000001 00000000 0000 0000 00000000 00000010"
                          "000000000000 0000 00000001 fa"));
}

Bytes answer(const std::string& tokens, uint32_t tper_session = 0, uint32_t host_session = 0) {
    const Bytes payload = from_text(tokens);
    Bytes data(56, 0);
    data.insert(data.end(), payload.begin(), payload.end());
    while (data.size() % 4 != 0) data.push_back(0);
    write_big_endian<uint32_t>(data, 16, static_cast<uint32_t>(data.size() - 20));
    write_big_endian<uint32_t>(data, 20, tper_session);
    write_big_endian<uint32_t>(data, 24, host_session);
    write_big_endian<uint32_t>(data, 40, static_cast<uint32_t>(data.size() - 44));
    write_big_endian<uint32_t>(data, 52, static_cast<uint32_t>(payload.size()));
    data.resize(2048, 0);
    return data;
}

const std::string sync_session = "f8 a800000000000000ff a8000000000000ff03 f0 ";

TEST(TcgResponses, open_a_session) {
    const auto response = parse_tcg_response(answer(sync_session + "01 821001 f1 f9 f0 000000 f1"));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, tcg_success);
    EXPECT_EQ(tcg_session_in(*response, 0x07FE), (TcgSession{0x07FE, 4097, 1}));
}

TEST(TcgResponses, of_some_makers_are_padded_with_empty_atoms) {
    const auto response = parse_tcg_response(answer(sync_session + "01 821001 ff f1 f9 f0 000000 f1 ff ff"));
    ASSERT_TRUE(response);
    EXPECT_TRUE(tcg_session_in(*response, 0x07FE));
}

TEST(TcgResponses, that_refuse_a_session_open_none) {
    for (const char* refusal : {"f1 f9 f0 010000 f1", "f1 f9 f0 120000 f1", "01 00 f1 f9 f0 000000 f1",
                                "01 821001 f1 f9 f0 010000 f1"}) {
        const auto response = parse_tcg_response(answer(sync_session + refusal));
        ASSERT_TRUE(response) << refusal;
        EXPECT_FALSE(tcg_session_in(*response, 0x07FE)) << refusal;
    }
    const auto locked_out = parse_tcg_response(answer(sync_session + "f1 f9 f0 120000 f1"));
    EXPECT_EQ(locked_out->status, tcg_authority_locked_out);
}

TEST(TcgResponses, of_another_method_open_no_session) {
    const auto response = parse_tcg_response(
        answer("f8 a800000000000000ff a8000000000000ff06 f0 01 821001 f1 f9 f0 000000 f1"));
    ASSERT_TRUE(response);
    EXPECT_FALSE(tcg_session_in(*response, 0x07FE));
}

TEST(TcgResponses, have_a_status_only_at_their_end) {
    EXPECT_EQ(parse_tcg_response(answer("f0 f1 f9 f0 000000 f1", 4097, 1))->status, tcg_success);
    EXPECT_EQ(parse_tcg_response(answer("f0 f1 f9 f0 3f0000 f1"))->status, 0x3F);
    EXPECT_FALSE(parse_tcg_response(answer("f0 f1"))->status);
    EXPECT_FALSE(parse_tcg_response(answer("f0 f1 f9 f0 0000 f1"))->status);
    const auto ended = parse_tcg_response(answer("fa"));
    EXPECT_TRUE(ended->ends_session);
    EXPECT_FALSE(ended->status);
}

TEST(TcgResponses, that_are_not_there_yet_have_no_tokens) {
    Bytes nothing(2048, 0);
    write_big_endian<uint32_t>(nothing, 8, 1);
    const auto response = parse_tcg_response(nothing);
    ASSERT_TRUE(response);
    EXPECT_THAT(response->tokens, testing::IsEmpty());
    EXPECT_EQ(response->outstanding, 1U);
}

TEST(TcgResponses, with_lengths_beyond_their_envelope_are_none) {
    const Bytes good = answer(sync_session + "01 821001 f1 f9 f0 000000 f1");
    for (const size_t at : {16U, 40U, 52U}) {
        Bytes bad = good;
        write_big_endian<uint32_t>(bad, at, 0xFFFFFFFF);
        EXPECT_FALSE(parse_tcg_response(bad)) << at;
        write_big_endian<uint32_t>(bad, at, 2048);
        EXPECT_FALSE(parse_tcg_response(bad)) << at;
    }
    EXPECT_FALSE(parse_tcg_response({}));
    EXPECT_FALSE(parse_tcg_response(Bytes(19, 0)));
}

TEST(TcgTokens, of_every_size_are_read) {
    const auto tokens =
        parse_tcg_tokens(from_text("05 45 81ff 8412345678 a3616263 d00178 e2000002 4142 c002 0102"));
    ASSERT_TRUE(tokens);
    ASSERT_EQ(tokens->size(), 8U);
    EXPECT_EQ((*tokens)[0].number, 5U);
    EXPECT_EQ((*tokens)[1].kind, TcgTokenKind::signed_number);
    EXPECT_EQ((*tokens)[2].number, 0xFFU);
    EXPECT_EQ((*tokens)[3].number, 0x12345678U);
    EXPECT_EQ((*tokens)[4].bytes, from_text("616263"));
    EXPECT_EQ((*tokens)[5].bytes, from_text("78"));
    EXPECT_EQ((*tokens)[6].bytes, from_text("4142"));
    EXPECT_EQ((*tokens)[7].number, 0x0102U);
}

TEST(TcgTokens, that_are_cut_or_reserved_are_refused) {
    for (const char* bad :
         {"a3 6162", "84 1234", "d0", "d020 00", "e2 0000", "e2 000010 41", "e4", "ef", "8a 00"})
        EXPECT_FALSE(parse_tcg_tokens(from_text(bad))) << bad;
}

TEST(TcgStatus, has_the_names_of_the_specification) {
    EXPECT_EQ(tcg_status_name(0x00), "SUCCESS");
    EXPECT_EQ(tcg_status_name(0x01), "NOT_AUTHORIZED");
    EXPECT_EQ(tcg_status_name(0x03), "SP_BUSY");
    EXPECT_EQ(tcg_status_name(0x0F), "TPER_MALFUNCTION");
    EXPECT_EQ(tcg_status_name(0x12), "AUTHORITY_LOCKED_OUT");
    EXPECT_EQ(tcg_status_name(0x3F), "FAIL");
    EXPECT_EQ(tcg_status_name(0x2A), "status 0x2a");
    EXPECT_EQ(tcg_status_name(0x02), "status 0x02");
}

TEST(Psid, is_taken_as_people_type_it_and_refused_when_mistyped) {
    EXPECT_EQ(psid_from_label("vuts-rqpo-nmlk-jihg-fedc-ba98-7654-3210"), psid);
    EXPECT_EQ(psid_from_label(" VUTSRQPONMLKJIHG FEDCBA9876543210\r\n"), psid);
    for (const char* wrong : {"", "VUTSRQPONMLKJIHGFEDCBA987654321", "VUTSRQPONMLKJIHGFEDCBA98765432100",
                              "VUTSRQPONMLKJIHGFEDCBA987654321_", "VUTSRQPONMLKJIHGFEDCBA98765432\xC3\x89"})
        EXPECT_EQ(psid_from_label(wrong), "") << wrong;
}

TEST(TcgCommands, carry_protocol_com_id_and_length) {
    const Bytes data(1024, 0x5A);
    const AtaCommand ata = ata_trusted_send(0x01, 0x07FE, data);
    EXPECT_EQ(ata.command, 0x5E);
    EXPECT_EQ(ata.feature, 0x01);
    EXPECT_EQ(ata.count, 2);
    EXPECT_EQ(ata.lba, 0x07FE00U);
    EXPECT_EQ(ata.protocol, AtaProtocol::pio_out);
    EXPECT_EQ(ata.data_out, data);
    const ScsiCommand scsi = scsi_security_protocol_out(0x01, 0x07FE, data);
    EXPECT_EQ(to_hex(scsi.cdb), "b50107fe8000000000020000");
    EXPECT_EQ(scsi.direction, ScsiDirection::out);
    EXPECT_EQ(scsi.data_out, data);
    EXPECT_EQ(scsi.data_in_bytes, 0U);
    const NvmeCommand nvme = nvme_security_send(0x01, 0x07FE, data);
    EXPECT_EQ(nvme.opcode, 0x81);
    EXPECT_EQ(nvme.cdw10, 0x0107FE00U);
    EXPECT_EQ(nvme.cdw11, 1024U);
    EXPECT_EQ(nvme.data_out, data);
    EXPECT_EQ(nvme.data_in_bytes, 0U);
}

}  // namespace
}  // namespace regain
