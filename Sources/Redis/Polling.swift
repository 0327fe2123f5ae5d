import Glibc

extension RedisConnection {
    /// Waits until at least one connection can be received from without blocking: a reply is
    /// buffered, the socket is readable, or the connection is closed (`tryReceive` then throws).
    /// Readable is no reply yet: it may be a part of one, or TLS's own business.
    ///
    /// - Parameters:
    ///   - alsoWake: a descriptor (eventfd, timerfd, pipe) that ends the wait when it is readable.
    ///     It is not read here.
    ///   - timeout: milliseconds; 0 only looks.
    /// - Returns: indices into `connections`, ascending; empty after the time-out, a signal, or
    ///   when only `alsoWake` became readable.
    package static func waitUntilReadable(
        _ connections: [RedisConnection], alsoWake: Int32? = nil, timeout: Int
    ) -> [Int] {
        // What was read off the socket never shows on it again.
        let ready = connections.map(\.isReady)
        var entries = connections.map(\.pollEntry)
        if let alsoWake {
            entries.append(pollfd(fd: alsoWake, events: Int16(POLLIN), revents: 0))
        }
        // The sockets are looked at even then, so that a busy connection starves no other.
        let limit = ready.contains(true) ? 0 : Int32(clamping: timeout)
        let found = poll(&entries, nfds_t(entries.count), limit)
        return connections.indices.filter { ready[$0] || found > 0 && entries[$0].revents != 0 }
    }
}
