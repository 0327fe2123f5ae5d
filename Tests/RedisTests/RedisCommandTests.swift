import Testing

@testable import Redis

@Suite struct RedisCommandTests {
    private func wire(_ command: RedisCommand) -> String {
        var output: [UInt8] = []
        command.encode(into: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func `writes the wire format`() {
        #expect(wire(RedisCommand("PING")) == "*1\r\n$4\r\nPING\r\n")
        #expect(
            wire(RedisCommand("SET", "é", -12)) == "*3\r\n$3\r\nSET\r\n$2\r\né\r\n$3\r\n-12\r\n")
        #expect(
            wire(RedisCommand("DEL", ["a", "", "0123456789"]))
                == "*4\r\n$3\r\nDEL\r\n$1\r\na\r\n$0\r\n\r\n$10\r\n0123456789\r\n")
    }

    @Test func `grows by appending`() {
        var command = RedisCommand("XREAD", "COUNT", 256)
        command.append("STREAMS")
        command.append(["a", "b"])
        command.append([0x00, 0xff] as [UInt8])
        command.append(7)
        #expect(command.count == 8)
        var output: [UInt8] = []
        command.encode(into: &output)
        #expect(
            output.suffix(15) == Array("$2\r\n".utf8) + [0, 0xff] + Array("\r\n$1\r\n7\r\n".utf8))
    }
}
