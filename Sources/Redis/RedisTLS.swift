/// The files that a TLS connection is made with, all of them PEM. A server's certificate is
/// always verified, by its chain and by the host of the URL. Paths are no secrets: they may stand
/// in a URL, and the files are read anew for each connection, so that a renewed certificate needs
/// no restart.
package struct RedisTLS: Hashable, Sendable {
    /// This side's own certificate, for a server that asks for one.
    package struct Identity: Hashable, Sendable {
        /// With the chain behind it, if any.
        package let certificate: String
        /// Not encrypted, and readable by its owner alone.
        package let key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// The only authorities to trust; nil for those that the system trusts.
    package var authorities: String?
    package var identity: Identity?

    package init(authorities: String? = nil, identity: Identity? = nil) {
        self.authorities = authorities
        self.identity = identity
    }
}
