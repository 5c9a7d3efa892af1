/** The same for TypeScript before 5.1, whose DOM library has no streams that compress. */
/// <reference path="./index.d.ts" />

declare var CompressionStream: new (format: 'deflate' | 'deflate-raw' | 'gzip') => GenericTransformStream;
declare var DecompressionStream: new (format: 'deflate' | 'deflate-raw' | 'gzip') => GenericTransformStream;
