import Redis
import Testing

@Suite struct RedisValueTests {
    @Test func `readers give the expected shape`() throws {
        #expect(try RedisValue.string("a").asString == "a")
        #expect(try RedisValue.status("QUEUED").asString == "QUEUED")
        #expect(try RedisValue.null.asOptionalString == nil)
        #expect(try RedisValue.integer(7).asInteger == 7)
        #expect(try RedisValue.null.asOptionalArray == nil)
        #expect(try RedisValue.bytes([0xff]).asBytes == [0xff])
        #expect(try RedisValue.string("é").asBytes == [0xc3, 0xa9])
        #expect(try RedisValue.array([.string("a"), .status("b")]).asStrings == ["a", "b"])
        let pairs = try RedisValue.array([.string("a"), .string("1")]).asPairs
        #expect(pairs.map(\.name) == ["a"] && pairs.map(\.value) == ["1"])
        try RedisValue.status("OK").expectOK()
    }

    @Test func `any other shape is named, without its content`() {
        #expect(throws: RedisError.unexpectedReply(expected: "an integer", got: "a string")) {
            try RedisValue.string("secret").asInteger
        }
        #expect(throws: RedisError.unexpectedReply(expected: "a string", got: "null")) {
            try RedisValue.array([.null]).asStrings
        }
        #expect(throws: RedisError.unexpectedReply(expected: "pairs", got: "an array of 1")) {
            try RedisValue.array([.string("a")]).asPairs
        }
        #expect(throws: RedisError.unexpectedReply(expected: "OK", got: "status QUEUED")) {
            try RedisValue.status("QUEUED").expectOK()
        }
    }

    @Test func `a reader of an error reply throws that error`() {
        let reply = RedisReplyError("NOGROUP no such group")
        #expect(throws: RedisError.refused(.noGroup, message: "NOGROUP no such group")) {
            try RedisValue.error(reply).asArray
        }
    }

    @Test func `a misread reply was executed and is never a refusal`() {
        let error = RedisError.unexpectedReply(expected: "OK", got: "null")
        #expect(error.disposition == .unknown)
    }
}
