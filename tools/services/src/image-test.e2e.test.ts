import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const IMAGE_TEST = fileURLToPath(new URL('../dist/image-test.js', import.meta.url));

test('a machine that can not build images: an exit code of its own, and what to install', async () => {
  const { exitCode, all } = await execa(process.execPath, [IMAGE_TEST], {
    reject: false,
    all: true,
    env: { PATH: '/nowhere' },
  });
  expect(all).toContain('image-test: There is no buildah: install it (`sudo apt-get install buildah`)');
  expect(exitCode).toBe(3);
});
