/** gRPC status codes that runtimes produce for images (runtime.md §9.2). */
export type GrpcCode =
  | 'Unknown'
  | 'NotFound'
  | 'FailedPrecondition'
  | 'InvalidArgument'
  | 'Unimplemented'
  | 'Canceled'
  | 'DeadlineExceeded'
  | 'Unavailable'
  | 'Internal';
