import Redis
import Testing

@Suite struct RedisErrorTests {
    @Test(
        arguments: [
            // reply, code, what the caller may do
            ("LOADING Redis is loading the dataset in memory", .loading, .retry),
            ("BUSY Redis is busy running a script.", .busy, .retry),
            ("CLUSTERDOWN The cluster is down", .clusterDown, .retry),
            ("TRYAGAIN Multiple keys request during rehashing of slot", .tryAgain, .retry),
            ("MASTERDOWN Link with MASTER is down", .masterDown, .retry),
            ("ERR max number of clients reached", .maxClients, .retry),
            ("WRONGTYPE Operation against a key", .wrongType, .refused),
            ("OOM command not allowed when used memory > 'maxmemory'.", .outOfMemory, .refused),
            ("READONLY You can't write against a read only replica.", .readOnly, .refused),
            ("NOAUTH Authentication required.", .noAuth, .refused),
            ("WRONGPASS invalid username-password pair", .wrongPass, .refused),
            ("NOPERM this user has no permissions", .noPerm, .refused),
            ("NOGROUP No such key 'a' or consumer group 'b'", .noGroup, .refused),
            ("BUSYGROUP Consumer Group name already exists", .busyGroup, .refused),
            ("UNBLOCKED the stream key no longer exists", .unblocked, .refused),
            ("NOSCRIPT No matching script.", .noScript, .refused),
            ("ERR Function not found", .noFunction, .refused),
            ("CROSSSLOT Keys in request don't hash to the same slot", .crossSlot, .refused),
            ("MOVED 3999 127.0.0.1:6381", .moved, .refused),
            ("ASK 3999 127.0.0.1:6381", .ask, .refused),
            ("MISCONF Errors writing to the AOF file", .misconfigured, .refused),
            ("NOREPLICAS Not enough good replicas to write.", .noReplicas, .refused),
            ("EXECABORT Transaction discarded", .execAbort, .refused),
            ("ERR syntax error", .generic, .refused),
            ("FENCED the lease has another holder", .other("FENCED"), .refused),
            ("FENCED", .other("FENCED"), .refused),
            ("BUSYBODY", .other("BUSYBODY"), .refused),
        ] as [(String, RedisReplyCode, RedisError.Disposition)])
    func `an error reply has a code and a disposition`(
        text: String, code: RedisReplyCode, disposition: RedisError.Disposition
    ) {
        let error = RedisError(RedisReplyError(text))
        #expect(error.code == code)
        #expect(error.disposition == disposition)
        #expect(error.description.contains(text))
    }

    @Test(
        arguments: [
            .notConnected("Connection refused"), .timeOut(milliseconds: 20), .closed,
            .closedUnheard, .noHandshake(milliseconds: 20), .untrusted("expired"),
            .failed("I/O error"), .garbled("?"),
        ] as [ConnectionLoss])
    func `a loss is a retry before sending and unknown after it`(loss: ConnectionLoss) {
        #expect(RedisError.retry(.unreachable(loss)).disposition == .retry)
        #expect(RedisError.unknownOutcome(loss).disposition == .unknown)
    }
}
