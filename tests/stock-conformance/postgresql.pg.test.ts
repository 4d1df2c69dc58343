import { conformance } from './suite.ts'

conformance('PostgreSQL alone', async () => ({ redisUrl: null, close: async () => undefined }))
