/// The server's functions, embedded as they stand beside this file, so that what runs on Redis is
/// what a person reads here.
package enum ServerFunctions {
    /// `functions/commit.lua`.
    package static let commit = String(decoding: PackageResources.commit_lua, as: UTF8.self)
}
