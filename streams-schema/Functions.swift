/// The server's functions, embedded as they stand beside this file, so that what runs on Redis is
/// what a person reads here.
package enum ServerFunctions {
    /// The files of `functions/`, joined in this order to one library: a Lua name is known from
    /// where it is declared on.
    package static let library = [
        PackageResources.library_lua,
        PackageResources.commit_state_lua,
        PackageResources.commit_owner_lua,
        PackageResources.commit_guards_lua,
        PackageResources.commit_writes_lua,
        PackageResources.commit_lua,
        PackageResources.claim_lua,
        PackageResources.leases_lua,
        PackageResources.beat_lua,
        PackageResources.retention_lua,
        PackageResources.count_lua,
    ].map { String(decoding: $0, as: UTF8.self) }.joined()
}
