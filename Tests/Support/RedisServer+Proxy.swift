package import Proxy

extension RedisProxy {
    package convenience init(to server: RedisServer) throws {
        try self.init(
            at: "\(server.directory)/proxy.sock", to: "\(server.directory)/redis.sock")
    }
}
