/// The interface of the gateway as OpenAPI 3.1, kept by hand in the file beside this one; a test holds it against the
/// route table.
public enum Interface {
    public static let openapi: [UInt8] = PackageResources.openapi_json
}
