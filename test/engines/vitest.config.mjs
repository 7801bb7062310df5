/** `npm run test:engines` alone: what it runs is no part of `npm test`, so its name does not end as a test's does. */
export default {
  test: { include: ["test/engines/scenarios.ts"], testTimeout: 300_000, hookTimeout: 120_000 },
};
