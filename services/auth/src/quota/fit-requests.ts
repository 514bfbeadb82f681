/** Which of the waiting requests still fit, each as a whole, in the order they came. Pure. */
export function fitRequests<R extends { count: number }>(
  requests: readonly R[],
  free: number,
): { fit: R[]; tooLarge: R[] } {
  const fit: R[] = [];
  const tooLarge: R[] = [];
  let total = 0;
  for (const request of requests) {
    if (total + request.count > free) {
      tooLarge.push(request);
    } else {
      fit.push(request);
      total += request.count;
    }
  }
  return { fit, tooLarge };
}
