// The api serves the files of the client itself in this place.
export * from '@hybrid-sync/client';
